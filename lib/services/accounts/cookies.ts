import type { Config } from '#config';
import { type RequestHeaders, readHeader } from './request-headers.ts';

export const SESSION_COOKIE = 'fiberkeep_session';
export const DEVICE_COOKIE = 'fiberkeep_device';
type CookieName = typeof SESSION_COOKIE | typeof DEVICE_COOKIE;
type CookieConfig = Pick<Config, 'publicUrl'>;

const DAY_SECONDS = 24 * 60 * 60;
/** The longest that browsers keep a cookie (RFC 6265bis §5.5). */
const DEVICE_DAYS = 400;

/**
 * The Set-Cookie value that opens a session in the browser (RFC 6265 §4.1), hidden from scripts and other sites.
 * It lives as long as a session can; the vault decides when this one ends.
 */
export function sessionCookie(
  config: Pick<Config, 'publicUrl' | 'sessionLife'>,
  token: string,
): string {
  return setCookie(config, SESSION_COOKIE, token, config.sessionLife.days * DAY_SECONDS);
}

/** The Set-Cookie value by which the server knows the browser again (`rememberDevice`). It outlives sessions. */
export function deviceCookie(config: CookieConfig, value: string): string {
  return setCookie(config, DEVICE_COOKIE, value, DEVICE_DAYS * DAY_SECONDS);
}

/** The Set-Cookie value that removes the session's cookie. */
export function clearedSessionCookie(config: CookieConfig): string {
  return setCookie(config, SESSION_COOKIE, '', 0);
}

/** The value of one of our cookies in a request, or null. */
export function readCookie(
  config: CookieConfig,
  headers: RequestHeaders,
  name: CookieName,
): string | null {
  const wanted = nameIn(config, name);
  for (const pair of (readHeader(headers, 'cookie') ?? '').split(';')) {
    const [found, value] = pair.split('=', 2);
    if (found?.trim() === wanted && value?.trim()) return value.trim();
  }
  return null;
}

function setCookie(config: CookieConfig, name: CookieName, value: string, seconds: number): string {
  const secure = isSecure(config) ? '; Secure' : '';
  return `${nameIn(config, name)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
}

/** With the prefix, no other host of the domain can set it, nor can http (RFC 6265bis §4.1.3.2). */
function nameIn(config: CookieConfig, name: CookieName): string {
  return isSecure(config) ? `__Host-${name}` : name;
}

function isSecure({ publicUrl }: CookieConfig): boolean {
  return publicUrl?.startsWith('https:') ?? false;
}
