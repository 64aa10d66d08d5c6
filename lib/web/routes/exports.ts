import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { FiberkeepError } from '#errors';
import { identify } from '#services/accounts/identify.ts';
import type { ExportOrder } from '#services/exports/export-order.ts';
import { type ExportPermit, permitExport } from '#services/exports/permit-export.ts';
import { fileOf, findOrder } from '#services/exports/request-export.ts';
import { writeExport } from '#services/exports/write-export.ts';
import type { Server } from '#services/server.ts';
import { contentDisposition } from '../content-disposition.ts';
import { addressOf, whilePermitted } from '../permit-request.ts';
import { refuseMethod, sendProblem } from '../problem.ts';

const ROUTE = /^\/api\/exports\/([^/?]+)(?:\?|$)/;

/**
 * `GET|HEAD /api/exports/:id`: the file that `exportPlant` was asked for, made while it is sent, so that neither
 * memory nor disk bounds its size. It has no Content-Length and no ranges. An answer that breaks off is not ended.
 */
export async function handleExports(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
): Promise<boolean> {
  const id = ROUTE.exec(request.url ?? '')?.[1];
  if (id === undefined) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    refuseMethod(response, 'GET, HEAD');
    return true;
  }
  try {
    const actor = await identify(server, request.headers, addressOf(request));
    const permitted = await permitExport(server, actor);
    const order = findOrder(server, permitted, id);
    if (request.method === 'HEAD') response.writeHead(200, headersOf(order)).end();
    else await send(response, server, permitted, order);
  } catch (thrown) {
    if (!response.destroyed) sendProblem(response, thrown);
  }
  return true;
}

async function send(
  response: ServerResponse,
  server: Server,
  permitted: ExportPermit,
  order: ExportOrder,
): Promise<void> {
  const broken = new AbortController();
  const end = (reason: FiberkeepError) => broken.abort(reason);
  response.once('close', () => end(new FiberkeepError('CANCELLED', { reason: 'clientWentAway' })));
  const { signal } = broken;
  const write = async () => {
    await writeExport(server, permitted, order, signal, async (bytes) => {
      response.writeHead(200, headersOf(order));
      await pipeline(bytes, response, { signal });
    });
  };
  await whilePermitted(server, permitted.export, end, () =>
    whilePermitted(server, permitted.view, end, write),
  );
}

function headersOf(order: ExportOrder): Record<string, string> {
  const { mediaType, fileName } = fileOf(order);
  return {
    'content-type': mediaType,
    'content-disposition': contentDisposition('attachment', fileName),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
  };
}
