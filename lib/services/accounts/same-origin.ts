import type { Config } from '#config';
import { FiberkeepError } from '#errors';
import { readBearer } from './bearer.ts';
import { type RequestHeaders, readHeader } from './headers.ts';

/**
 * Throws CROSS_SITE_REFUSED where a browser says that the request comes from another site's page. Fetch
 * Metadata decides where it is sent (browsers send it to https and localhost), else Origin against
 * PUBLIC_URL and the host asked. A client that sends neither is no browser and carries no one's cookies.
 * Nor is a request with an API key asked: no browser adds that by itself, and its cookies are not looked at.
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
