/** Returns a path on this server, or the home page: never an address of another site. */
export function safePath(next: string | string[] | undefined): string {
  if (typeof next !== 'string') return '/';
  const base = 'http://fiberkeep.invalid';
  if (!next.startsWith('/') || !URL.canParse(next, base)) return '/';
  const url = new URL(next, base);
  // Two slashes begin the name of a host, and `/.//` is one of the ways to write them.
  const leadsOut = url.origin !== base || url.pathname.startsWith('//');
  return leadsOut ? '/' : url.pathname + url.search;
}
