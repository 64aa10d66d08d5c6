/** Numbers become a parameter and the words a key: "has more than 200 characters" → n = 200. */
export function fieldMessageKey(message: string): { key: string; n: number } {
  const n = Number(/\d+(\.\d+)?/.exec(message)?.[0] ?? 0);
  const words = message.toLowerCase().replace(/[^a-z]+/g, '_');
  return { key: words.replace(/^_|_$/g, ''), n };
}
