/** Headers of a Node request, or of a web request. */
export type RequestHeaders = Headers | Readonly<Record<string, string | string[] | undefined>>;

/** One header's value, or null. `name` in lower case. */
export function readHeader(headers: RequestHeaders, name: string): string | null {
  if (isWebHeaders(headers)) return headers.get(name);
  const value = headers[name];
  return (Array.isArray(value) ? value.join(', ') : value) ?? null;
}

function isWebHeaders(headers: RequestHeaders): headers is Headers {
  return typeof headers.get === 'function';
}
