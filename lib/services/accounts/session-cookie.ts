import type { Config } from '#config';

export const SESSION_COOKIE = 'fiberkeep_session';

/**
 * The most that browsers keep a cookie (RFC 6265bis §5.5: 400 days). When the session ends is the vault's to
 * say; each use moves that, by whatever kind of request, and the cookie need not be sent again.
 */
const COOKIE_SECONDS = 400 * 24 * 60 * 60;

/** The Set-Cookie value that hands a session to the browser (RFC 6265 §4.1): never to scripts, never across sites. */
export function sessionCookie(config: Pick<Config, 'publicUrl'>, token: string): string {
  return `${SESSION_COOKIE}=${token}; Path=/; Max-Age=${COOKIE_SECONDS}; ${attributes(config)}`;
}

/** The Set-Cookie value that takes it away. */
export function clearedSessionCookie(config: Pick<Config, 'publicUrl'>): string {
  return `${SESSION_COOKIE}=; Path=/; Max-Age=0; ${attributes(config)}`;
}

function attributes(config: Pick<Config, 'publicUrl'>): string {
  const secure = config.publicUrl?.startsWith('https:') ? '; Secure' : '';
  return `HttpOnly; SameSite=Lax${secure}`;
}

/** The session's token in a Cookie header, or null. */
export function readSessionToken(cookieHeader: string | null | undefined): string | null {
  for (const pair of (cookieHeader ?? '').split(';')) {
    const [name, value] = pair.split('=', 2);
    if (name?.trim() === SESSION_COOKIE && value?.trim()) return value.trim();
  }
  return null;
}
