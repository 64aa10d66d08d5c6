import type { Config } from '#config';
import { FiberkeepError } from '#errors';
import { KEY_PREFIX } from '#vault/api-keys.ts';

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

const REALM = 'Bearer realm="Fiberkeep"';
const KEY_ANYWHERE = /fbk_[A-Za-z0-9_-]{43}/;

/**
 * The credentials of `Authorization: Bearer` (RFC 6750 §2.1; the scheme in any case), right or wrong. Empty
 * where a key came without the scheme. Null without the header, and for other schemes, such as a proxy's Basic.
 */
export function readBearer(headers: RequestHeaders): string | null {
  const header = readHeader(headers, 'authorization')?.trim() ?? '';
  if (header.startsWith(KEY_PREFIX)) return '';
  return /^bearer(?![\w-])(.*)$/is.exec(header)?.[1]?.trim() ?? null;
}

/**
 * The headers of a refusal: WWW-Authenticate with 401 (RFC 9110 §15.5.2), which says what is wrong with a key
 * (RFC 6750 §3.1), and Retry-After where it is known.
 */
export function refusalHeaders(
  request: RequestHeaders,
  { status, retryAfterSeconds = null }: { status: number; retryAfterSeconds?: number | null },
): Record<string, string> {
  const challenge = challengeOf(status, readBearer(request) !== null);
  return {
    ...(challenge !== null && { 'www-authenticate': challenge }),
    ...(retryAfterSeconds !== null && { 'retry-after': String(retryAfterSeconds) }),
  };
}

function challengeOf(status: number, withKey: boolean): string | null {
  if (status === 401) return withKey ? `${REALM}, error="invalid_token"` : REALM;
  return status === 403 && withKey ? `${REALM}, error="insufficient_scope"` : null;
}

/**
 * Throws BAD_REQUEST where a URL holds an API key, percent-encoded or not: every proxy on the way logs URLs.
 * The error does not repeat the key.
 */
export function assertNoKeyInUrl(url: string): void {
  if (!KEY_ANYWHERE.test(url) && !KEY_ANYWHERE.test(decoded(url))) return;
  throw new FiberkeepError('BAD_REQUEST', { reason: 'keyInAddress' });
}

function decoded(url: string): string {
  return url.replaceAll(/%([0-9a-f]{2})/gi, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/**
 * Throws CROSS_SITE_REFUSED where a browser says that the request comes from another site's page. Fetch
 * Metadata decides where it is sent (browsers send it to https and localhost). Else Origin is compared with
 * PUBLIC_URL and the requested host. A client that sends neither is not a browser and has nobody's cookies.
 * Requests with an API key pass: no browser adds one by itself, and their cookies are ignored.
 */
export function assertSameOrigin(config: Pick<Config, 'publicUrl'>, headers: RequestHeaders): void {
  if (readBearer(headers) !== null) return;
  const site = readHeader(headers, 'sec-fetch-site');
  const origin = readHeader(headers, 'origin');
  const same =
    site !== null
      ? site === 'same-origin' || site === 'none'
      : origin === null || isOwnOrigin(config, readHeader(headers, 'host'), origin);
  if (same) return;
  throw new FiberkeepError('CROSS_SITE_REFUSED', { reason: 'sentByOtherSite' });
}

function isOwnOrigin(
  config: Pick<Config, 'publicUrl'>,
  host: string | null,
  origin: string,
): boolean {
  if (!URL.canParse(origin)) return false;
  const sent = new URL(origin);
  if (config.publicUrl !== null && new URL(config.publicUrl).origin === sent.origin) return true;
  return host !== null && sent.host === host.toLowerCase();
}
