import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { readMetrics } from '#services/health/metrics.ts';
import type { Server } from '#services/server.ts';
import { isLoopback } from '../client-address.ts';
import { addressOf, permitRequest } from '../permit-request.ts';
import { refuseMethod, sendProblem } from '../problem.ts';

const ROUTE = /^\/api\/metrics\/?(?:\?|$)/;

/**
 * `GET|HEAD /api/metrics`: OpenMetrics. Open to programs on this machine that ask directly. From elsewhere, or
 * through a proxy, it takes a key or session with `backup.view`.
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
    if (!isFromHere(addressOf(request), request.headers))
      await permitRequest(server, request, 'backup.view');
    const { contentType, text } = await readMetrics(server);
    response.writeHead(200, {
      'content-type': contentType,
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
    });
    response.end(request.method === 'HEAD' ? undefined : text);
  } catch (thrown) {
    if (sendProblem(response, thrown).code === 'INTERNAL') throw thrown;
  }
  return true;
}

/**
 * Through a proxy on this machine everybody seems to come from here, so these headers close the door. Behind a
 * trusted proxy too: a loopback address that it names may be that of another machine.
 */
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];

/** Whether a request from `address`, with these headers, was sent directly by a program on this machine. */
export function isFromHere(address: string, headers: IncomingHttpHeaders): boolean {
  if (PROXY_HEADERS.some((name) => headers[name] !== undefined)) return false;
  return isLoopback(address) && isNameOfThisMachine(headers.host ?? '');
}

/**
 * A browser on this machine asks where a page of another site tells it to, once that site's name leads here. The
 * Host is still the site's.
 */
function isNameOfThisMachine(host: string): boolean {
  if (!URL.canParse(`http://${host}`)) return false;
  const name = new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '');
  return name === 'localhost' || isIP(name) !== 0;
}
