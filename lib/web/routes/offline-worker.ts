import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuseMethod } from '../problem.ts';

const FILE = new URL('../offline-worker.js', import.meta.url);

/** `GET /offline-worker.js`: the service worker of the pages. Browsers ask for it again at each visit. */
export async function handleOfflineWorker(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (!/^\/offline-worker\.js(?:\?|$)/.test(request.url ?? '')) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    refuseMethod(response, 'GET, HEAD');
    return true;
  }
  const script = await readFile(FILE);
  response.setHeader('content-type', 'text/javascript; charset=utf-8');
  response.setHeader('cache-control', 'no-cache');
  response.setHeader('content-length', script.byteLength);
  response.end(request.method === 'HEAD' ? undefined : script);
  return true;
}
