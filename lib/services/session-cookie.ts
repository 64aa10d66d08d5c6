import type { Config } from '../config.ts';
import { SESSION_MS } from '../vault/sessions.ts';

export const SESSION_COOKIE = 'rewind_session';

/** The Set-Cookie value that hands a session to the browser (RFC 6265 §4.1): never to scripts, never across sites. */
export function sessionCookie(config: Pick<Config, 'publicUrl'>, token: string): string {
  return `${SESSION_COOKIE}=${token}; Path=/; Max-Age=${SESSION_MS / 1000}; ${attributes(config)}`;
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
