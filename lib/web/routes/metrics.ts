import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { identify } from '#services/accounts/identify.ts';
import { readMetrics } from '#services/health/metrics.ts';
import { permit } from '#services/permit.ts';
import type { Server } from '#services/server.ts';
import { refuseMethod, sendProblem } from '../problem.ts';

const ROUTE = /^\/api\/metrics\/?(?:\?|$)/;

/**
 * `GET|HEAD /api/metrics`: OpenMetrics. Open to what runs on this machine and asks directly; who comes from
 * elsewhere, or through a proxy, brings a key or a session with `backup.view`.
 */
export async function handleMetrics(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
): Promise<boolean> {
  if (!ROUTE.test(request.url ?? '')) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    refuseMethod(response, 'GET, HEAD');
    return true;
  }
  try {
    const address = String(request.headers['x-fiberkeep-address'] ?? '');
    if (!isFromHere(address, request.headers))
      await permit(server, await identify(server, request.headers, address), 'backup.view');
    const { contentType, text } = await readMetrics(server);
    const length = Buffer.byteLength(text);
    const headers = { 'content-type': contentType, 'content-length': length };
    response.writeHead(200, { ...headers, 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : text);
  } catch (thrown) {
    if (sendProblem(response, thrown).code === 'INTERNAL') throw thrown;
  }
  return true;
}

/**
 * Behind a proxy of this machine everybody comes from it; the header tells them apart. It does so behind a
 * trusted proxy as well: a loopback address that it names may be that of another machine.
 */
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];

/** Whether a request with these headers, of the client at `address`, was sent on this machine by who asks. */
export function isFromHere(address: string, headers: IncomingHttpHeaders): boolean {
  if (PROXY_HEADERS.some((name) => headers[name] !== undefined)) return false;
  return /^(?:::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/.test(address);
}
