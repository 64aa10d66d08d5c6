import type { IncomingMessage, ServerResponse } from 'node:http';
import { validate as isUuid } from 'uuid';
import { type FiberkeepError, notFound } from '#errors';
import type { ClientInfo } from '#services/accounts/limits.ts';
import { assertSameOrigin } from '#services/accounts/request-headers.ts';
import type { Permit } from '#services/permit.ts';
import { permitRecoveryUpload } from '#services/recovery/recover-by-link.ts';
import { requestDueRecovery } from '#services/recovery/recover-server.ts';
import type { Server } from '#services/server.ts';
import { UPLOADS_PATH } from '#services/uploads/uploads.ts';
import { addressOf, permitRequest, whilePermitted } from '../permit-request.ts';
import { refuseMethod, sendProblem } from '../problem.ts';
import { assertAnnounces, assertCarriesBytes } from '../tus/assert-headers.ts';
import { openTusServer } from '../tus/tus-server.ts';
import { UploadStore } from '../tus/upload-store.ts';

const ROUTE = /^\/api\/uploads(?:\/([^/?]*))?\/?(?:\?|$)/;
const VERSION = '1.0.0';
/** Holds the token of the set-up link, where the archive of a lost server is sent. */
const SET_UP_TOKEN = 'x-set-up-token';
const METHODS_OF_ALL = ['POST', 'OPTIONS'];
const METHODS_OF_ONE = ['HEAD', 'PATCH', 'DELETE', 'OPTIONS'];

/** `/api/uploads` (tus 1.0): POST announces an upload, HEAD asks how far it is, PATCH goes on, DELETE ends it. */
export async function handleUploads(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
): Promise<boolean> {
  const found = ROUTE.exec(request.url ?? '');
  if (!found) return false;
  response.setHeader('tus-resumable', VERSION);
  response.setHeader('cache-control', 'no-store');
  request.method = methodOf(request);
  const id = found[1] || null;
  // @tus/server takes the last part of the whole address for the id, a query's too.
  request.url = id === null ? UPLOADS_PATH : `${UPLOADS_PATH}/${id}`;
  try {
    await answer(request, response, server, id);
  } catch (thrown) {
    if (response.destroyed || response.headersSent) return true;
    // Nobody reads the rest of the body, so the connection cannot be used again.
    if (!request.complete) response.setHeader('connection', 'close');
    sendProblem(response, thrown);
  }
  return true;
}

/** tus 1.0, "X-HTTP-Method-Override": for clients that can send neither PATCH nor DELETE. */
function methodOf({ method, headers }: IncomingMessage): string | undefined {
  const meant = String(headers['x-http-method-override'] ?? '');
  return method === 'POST' && /^(PATCH|DELETE|HEAD|OPTIONS)$/.test(meant) ? meant : method;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
  id: string | null,
): Promise<void> {
  if (request.method === 'OPTIONS') return handTo(server, null, request, response);
  assertSameOrigin(server.config, request.headers);
  const visitor = request.headers[SET_UP_TOKEN];
  const permitted =
    typeof visitor === 'string'
      ? await permitRecoveryUpload(server, visitor, id, clientOf(request))
      : await permitRequest(server, request, 'backup.upload');
  // tus 1.0, "Tus-Resumable": in every request but OPTIONS.
  if (request.headers['tus-resumable'] !== VERSION) return sendVersions(response);
  const methods = id === null ? METHODS_OF_ALL : METHODS_OF_ONE;
  if (!methods.includes(request.method ?? '')) return refuseMethod(response, methods.join(', '));
  if (id !== null && !isUuid(id)) throw notFound('upload');
  if (request.method === 'POST') assertAnnounces(request.headers);
  if (request.method === 'PATCH') assertCarriesBytes(request.headers);
  // The bytes that came until then stay, so that the upload can be resumed.
  const end = (reason: FiberkeepError) => endWith(request, response, reason);
  await whilePermitted(server, permitted, end, () => handTo(server, permitted, request, response));
  if (visitor !== undefined) await requestDueRecovery(server);
}

/** Who sends the archive of a recovery: nobody is signed in yet. */
function clientOf(request: IncomingMessage): ClientInfo {
  return { address: addressOf(request), userAgent: '', actor: null, deviceCookie: null };
}

/** Answers in the middle of a body, then closes the connection: nobody reads the rest. */
function endWith(request: IncomingMessage, response: ServerResponse, reason: FiberkeepError): void {
  if (response.headersSent) return void response.destroy();
  response.setHeader('connection', 'close');
  response.once('finish', () => request.destroy());
  sendProblem(response, reason);
}

async function handTo(
  server: Server,
  permitted: Permit<'backup.upload'> | null,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  await openTusServer(server, new UploadStore(server, permitted)).handle(request, response);
}

function sendVersions(response: ServerResponse): void {
  response.writeHead(412, { 'tus-version': VERSION, 'content-length': 0 }).end();
}
