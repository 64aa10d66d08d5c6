import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import next from 'next';
import type { Config } from '#config';
import { FiberkeepError } from '#errors';
import { networkOf } from '#services/accounts/limits.ts';
import { assertNoKeyInUrl } from '#services/accounts/request-headers.ts';
import { getServer, type Server } from '#services/server.ts';
import { settleHeaders } from './answer-headers.ts';
import { countedAs } from './client-address.ts';
import { closeListener } from './close-listener.ts';
import { createListener } from './connections.ts';
import { sendHealth, sendLiveness } from './health.ts';
import { PageQueue } from './page-queue.ts';
import { addressOf } from './permit-request.ts';
import { refuseMethod, sendProblem } from './problem.ts';
import { byteRoutes, isUpload } from './routes/index.ts';

/** The web server of one process. */
export interface WebServer {
  /** Takes no more requests, breaks event streams and uploads off, and gives other answers a moment to finish. */
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const FINISH_MS = 4_000;

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
  const network = networkOf(addressOf(request));
  await rendering.render(network, response, () => pages(request, response));
}

const rendering = new PageQueue();

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
