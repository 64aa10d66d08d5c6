/** The shortest text that reads back as the number, without an exponent where that is possible. */
export function decimal(value: number): string {
  const text = String(value);
  if (!text.includes('e')) return text;
  const plain = value.toFixed(20).replace(/0+$/, '');
  return Number(plain) === value ? plain : text;
}
