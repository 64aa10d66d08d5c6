import type { IncomingMessage, ServerResponse } from 'node:http';
import { assertSameOrigin } from '#services/accounts/request-headers.ts';
import {
  importTooLarge,
  MOST_IMPORT_BYTES,
  receiveImportFile,
} from '#services/imports/import-files.ts';
import type { Server } from '#services/server.ts';
import { permitRequest, whilePermitted } from '../permit-request.ts';
import { refuseMethod } from '../problem.ts';
import { bytesUntil, readName, refuse } from './post-files.ts';

const ROUTE = /^\/api\/imports(?:\?|$)/;

/**
 * `POST /api/imports?name=…`: the body is a file to import, streamed. Answers 201 with its id, for the mutation
 * `importPlant`, or problem details (RFC 9457).
 */
export async function handleImportFile(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
): Promise<boolean> {
  if (!ROUTE.test(request.url ?? '')) return false;
  if (request.method !== 'POST') {
    refuseMethod(response, 'POST');
    return true;
  }
  try {
    const { id, fileName, bytes } = await receive(request, server);
    const body = JSON.stringify({ id, name: fileName, size: bytes.toString() });
    response.writeHead(201, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(body);
  } catch (thrown) {
    await refuse(request, response, thrown);
  }
  return true;
}

async function receive(request: IncomingMessage, server: Server) {
  assertSameOrigin(server.config, request.headers);
  const permitted = await permitRequest(server, request, 'network.import');
  const announcedBytes = Number(request.headers['content-length'] ?? 0);
  if (announcedBytes > MOST_IMPORT_BYTES) throw importTooLarge();
  const ended = new AbortController();
  const file = {
    name: readName(request),
    announcedBytes,
    bytes: bytesUntil(request, ended.signal),
  };
  return whilePermitted(
    server,
    permitted,
    (reason) => ended.abort(reason),
    () => receiveImportFile(server, permitted, file),
  );
}
