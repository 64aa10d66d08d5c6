import { FiberkeepError } from '#errors';
import { KEY_PREFIX } from '#vault/api-keys.ts';
import { type RequestHeaders, readHeader } from './headers.ts';

const REALM = 'Bearer realm="Fiberkeep"';
const KEY_ANYWHERE = /fbk_[A-Za-z0-9_-]{43}/;

/**
 * What stands behind `Authorization: Bearer` (RFC 6750 §2.1; the scheme in any case), however wrong, and empty
 * where a key came without it; null without the header, and for other schemes, such as the Basic of a proxy.
 */
export function readBearer(headers: RequestHeaders): string | null {
  const header = readHeader(headers, 'authorization')?.trim() ?? '';
  if (header.startsWith(KEY_PREFIX)) return '';
  return /^bearer(?![\w-])(.*)$/is.exec(header)?.[1]?.trim() ?? null;
}

/**
 * Headers that an answer of this status carries: WWW-Authenticate with 401 (RFC 9110 §15.5.2), which says what
 * is wrong with a key that was sent (RFC 6750 §3.1); Retry-After where it is known.
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
 * Throws BAD_REQUEST where a URL holds an API key, percent-encoded or not: URLs stand in the logs of whatever
 * they pass through. Nothing is done with such a request, and this error does not repeat it.
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
