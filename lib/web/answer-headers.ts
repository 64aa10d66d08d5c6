import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Config } from '#config';
import { clientAddress } from './client-address.ts';
import { ADDRESS_HEADER } from './permit-request.ts';

const YEAR_SECONDS = 365 * 24 * 60 * 60;

/**
 * Sets the headers of every answer. Pages and services read the client's address and the nonce from headers of
 * the request, which replace what the client sent.
 */
export function settleHeaders(
  request: IncomingMessage,
  response: ServerResponse,
  config: Config,
  dev: boolean,
): void {
  const nonce = newNonce();
  const policy = contentSecurityPolicy(nonce, dev);
  request.headers[ADDRESS_HEADER] = clientAddress(request, config.trustedProxies);
  request.headers['x-nonce'] = nonce;
  // The sign-in page leads back here. Next does not tell a layout its address.
  request.headers['x-fiberkeep-path'] = request.url ?? '/';
  request.headers['content-security-policy'] = policy;
  response.setHeader('content-security-policy', policy);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'same-origin');
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  response.setHeader('permissions-policy', 'camera=(), geolocation=(self), microphone=()');
  // RFC 6797 §7.1: for this host alone, and only where people come by https.
  if (config.publicUrl?.startsWith('https:'))
    response.setHeader('strict-transport-security', `max-age=${YEAR_SECONDS}`);
}

/** A fresh nonce for one answer (CSP Level 3 §7.1: at least 128 bits). */
function newNonce(): string {
  return randomBytes(18).toString('base64');
}

/**
 * The Content-Security-Policy of a page: nothing from elsewhere, no script or style without the nonce.
 * Components compute positions, so `style-src-attr` is open. In development React compiles in the browser, and
 * Next adds styles and opens a socket to its server.
 */
function contentSecurityPolicy(nonce: string, dev: boolean): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${dev ? " 'unsafe-eval'" : ''}`,
    `style-src 'self' ${dev ? "'unsafe-inline'" : `'nonce-${nonce}'`}`,
    "style-src-attr 'unsafe-inline'",
    // The map's worker. Else script-src would count, whose 'strict-dynamic' takes no address.
    "worker-src 'self'",
    "img-src 'self' blob: data:",
    `connect-src 'self'${dev ? ' ws:' : ''}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
  ].join('; ');
}
