/** Returns a path on this server, or the home page: never an address of another site. */
export function safePath(next: string | string[] | undefined): string {
  if (typeof next !== 'string') return '/';
  const base = 'http://fiberkeep.invalid';
  if (!next.startsWith('/') || !URL.canParse(next, base)) return '/';
  const url = new URL(next, base);
  return url.origin === base ? url.pathname + url.search : '/';
}
