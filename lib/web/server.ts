import { randomBytes } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import next from 'next';
import type { Config } from '#config';
import { FiberkeepError } from '#errors';
import { networkOf } from '#services/accounts/limits.ts';
import { assertNoKeyInUrl } from '#services/accounts/request-headers.ts';
import { FairQueue } from '#services/fair-queue.ts';
import { getServer, type Server } from '#services/server.ts';
import { clientAddress, countedAs } from './client-address.ts';
import { closeListener } from './close-listener.ts';
import { createListener } from './connections.ts';
import { sendHealth, sendLiveness } from './health.ts';
import { ADDRESS_HEADER, addressOf } from './permit-request.ts';
import { refuseMethod, sendProblem } from './problem.ts';
import { byteRoutes, isUpload } from './routes/index.ts';

/** The web server of one process. */
export interface WebServer {
  /** Takes no more requests, breaks event streams and uploads off, and gives other answers a moment to finish. */
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const FINISH_MS = 4_000;
const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** Serves on the host and port of `config`. Resolves when it listens and Next is ready. */
export async function startWebServer(config: Config, dev: boolean): Promise<WebServer> {
  const open = new Set<ServerResponse>();
  let handle: Handler | undefined;
  const answer: http.RequestListener = (request, response) => {
    open.add(response);
    response.once('close', () => open.delete(response));
    request.url = pathOf(request.url ?? '');
    settleHeaders(request, response, config, dev);
    route(request, response, handle).catch((error) => sendProblem(response, error));
  };
  const listener = createListener(answer, {
    isUpload,
    countedAs: (address) => countedAs(address, config.trustedProxies),
  });
  await listen(listener, config);
  handle = await prepareNext(config, listener, dev);
  return { close: () => closeListener(listener, open, FINISH_MS) };
}

/**
 * The path and query of a request's target (RFC 9112 §3.2). The absolute form, which proxies send, names a host as
 * well. `*` stays: it asks about the server.
 */
function pathOf(target: string): string {
  if (target.startsWith('/') || target === '*' || !URL.canParse(target)) return target;
  const { pathname, search } = new URL(target);
  return pathname + search;
}

/** What some address of this server takes. */
const METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS'];
const PAGE_METHODS = ['GET', 'HEAD'];

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  pages: Handler | undefined,
): Promise<void> {
  const { url = '', method = '' } = request;
  if (!METHODS.includes(method)) return refuseMethod(response, METHODS.join(', '));
  if (url === '*' && method === 'OPTIONS') return sendMethods(response);
  if (!url.startsWith('/')) throw noSuchAddress();
  assertNoKeyInUrl(url);
  const [path = '/'] = url.split('?', 1);
  if (/^\/api\/health\/?$/.test(path))
    return sendHealth(response, pages ? await openedServer() : null);
  if (path === '/api/health/live')
    return sendLiveness(response, pages ? await openedServer() : null);
  const server = await getServer();
  for (const tryRoute of byteRoutes) if (await tryRoute(request, response, server)) return;
  if (isUnknown(path)) throw noSuchAddress();
  if (!pages) return sendHealth(response, null);
  if (isPage(path) && !PAGE_METHODS.includes(method))
    return refuseMethod(response, PAGE_METHODS.join(', '));
  if (!isRendered(path)) return pages(request, response);
  await rendering.run(networkOf(addressOf(request)), () => pages(request, response));
}

/** Few at once, so that whoever asks for many pages hardly delays what others ask of the one thread. */
const rendering = new FairQueue({ atOnce: 4, waitingPerKey: 200, waiting: 1_000 });

function isRendered(path: string): boolean {
  return !path.startsWith('/api/') && !path.startsWith('/_next/static/');
}

/** RFC 9110 §9.3.7: what the server as a whole takes. */
function sendMethods(response: ServerResponse): void {
  response.writeHead(204, { allow: METHODS.join(', ') }).end();
}

/** Addresses that begin with `_` are Next's own; in development its pages post to them. */
function isPage(path: string): boolean {
  return !path.startsWith('/api/') && !path.startsWith('/_');
}

/** What Next serves under /api. Other addresses there answer with a problem, not a page. */
const ROUTES_OF_NEXT = /^\/api\/graphql(?:\/stream)?\/?$/;

function isUnknown(path: string): boolean {
  return path.startsWith('/api/') && !ROUTES_OF_NEXT.test(path);
}

function noSuchAddress(): FiberkeepError {
  return new FiberkeepError('NOT_FOUND', { reason: 'noSuchAddress' });
}

function openedServer(): Promise<Server | null> {
  return getServer().catch(() => null);
}

/**
 * Sets the headers of every answer. Pages and services read the client's address and the nonce from headers of
 * the request, which replace what the client sent.
 */
function settleHeaders(
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
    "img-src 'self' blob: data:",
    `connect-src 'self'${dev ? ' ws:' : ''}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
  ].join('; ');
}

function listen(listener: http.Server, config: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(config.port, config.host, () => {
      listener.off('error', reject);
      resolve();
    });
  });
}

async function prepareNext(config: Config, listener: http.Server, dev: boolean): Promise<Handler> {
  const app = next({
    dev,
    dir: process.cwd(),
    customServer: true,
    hostname: config.host,
    port: config.port,
    // Next listens for upgrades, which it needs in development, and leaves those that it does not know open for ever.
    httpServer: dev ? listener : http.createServer(),
  });
  await (dev ? app.prepare() : quietly(() => app.prepare()));
  return app.getRequestHandler();
}

/** Next logs how long it took to read its configuration. */
async function quietly(work: () => Promise<void>): Promise<void> {
  const { log } = console;
  console.log = () => {};
  try {
    await work();
  } finally {
    console.log = log;
  }
}
