import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server as TusServer } from '@tus/server';
import { FiberkeepError, type FieldError, validationError } from '#errors';
import { identify } from '#services/accounts/identify.ts';
import { assertSameOrigin } from '#services/accounts/request-headers.ts';
import { watchAccess } from '#services/activity/watch-access.ts';
import { type Permit, permit } from '#services/permit.ts';
import type { Server } from '#services/server.ts';
import {
  cancelUpload,
  createUpload,
  finishUpload,
  requireReceivable,
  uploadUrl,
} from '#services/uploads/uploads.ts';
import { refuseMethod, sendProblem } from '../problem.ts';
import { openTusServer } from '../tus/tus-server.ts';
import { type Checksum, checksumOfRequest } from '../tus/upload-store.ts';

const ROUTE = /^\/api\/uploads(?:\/([^/?]*))?\/?(?:\?|$)/;
const BYTES = 'application/offset+octet-stream';
const VERSION = '1.0.0';
const ALGORITHMS = ['sha1', 'sha256'];
const PAIR = /^([\x21-\x2b\x2d-\x7e]+)(?: ([A-Za-z0-9+/]*={0,2}))?$/;

/** `/api/uploads` (tus 1.0): POST announces an upload, HEAD asks how far it is, PATCH goes on, DELETE ends it. */
export async function handleUploads(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
): Promise<boolean> {
  const found = ROUTE.exec(request.url ?? '');
  if (!found) return false;
  response.setHeader('tus-resumable', VERSION);
  request.method = methodOf(request);
  try {
    await answer(request, response, server, found[1] ?? '');
  } catch (thrown) {
    if (response.destroyed) return true;
    // The body is not read any more: the connection cannot be used again.
    if (!request.complete) response.setHeader('connection', 'close');
    sendProblem(response, thrown);
  }
  return true;
}

/** tus 1.0, "X-HTTP-Method-Override": for clients whose surroundings know neither PATCH nor DELETE. */
function methodOf({ method, headers }: IncomingMessage): string | undefined {
  const meant = String(headers['x-http-method-override'] ?? '');
  return method === 'POST' && /^(PATCH|DELETE|HEAD|OPTIONS)$/.test(meant) ? meant : method;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
  id: string,
): Promise<void> {
  if (request.method === 'OPTIONS') return sendAbilities(response);
  assertSameOrigin(server.config, request.headers);
  const address = String(request.headers['x-fiberkeep-address'] ?? '');
  const actor = await identify(server, request.headers, address);
  const permitted = await permit(server, actor, 'backup.upload');
  // tus 1.0, "Tus-Resumable": in every request but OPTIONS.
  if (request.headers['tus-resumable'] !== VERSION) return sendVersions(response);
  if (request.method === 'POST' && id === '') return announce(request, response, server, permitted);
  if (request.method === 'DELETE' && id !== '') {
    await cancelUpload(server, permitted, id);
    response.writeHead(204, { 'cache-control': 'no-store' }).end();
    return;
  }
  if ((request.method !== 'HEAD' && request.method !== 'PATCH') || id === '') {
    const allow = id === '' ? 'POST, OPTIONS' : 'HEAD, PATCH, DELETE, OPTIONS';
    refuseMethod(response, allow);
    return;
  }
  if (request.method === 'PATCH') assertCarriesBytes(request);
  await requireReceivable(server, permitted, id);
  const checksum = readChecksum(request);
  // What came until then stays, for whoever goes on with it.
  const access = watchAccess(server, permitted.actor, () => response.destroy());
  try {
    await checksumOfRequest.run(checksum, () => tusOf(server).handle(request, response));
  } finally {
    access.stop();
  }
  // All bytes came, and the process died before it said so.
  if (request.method === 'HEAD') await finishUpload(server, id);
}

/** tus 1.0, "PATCH". */
function assertCarriesBytes({ headers }: IncomingMessage): void {
  const wrong: FieldError[] = [];
  if (!/^\d{1,15}$/.test(String(headers['upload-offset'] ?? '')))
    wrong.push({ path: 'Upload-Offset', reason: 'uploadOffsetRequired' });
  if (headers['content-type'] !== BYTES)
    wrong.push({ path: 'Content-Type', reason: 'contentTypeMustBe', params: { type: BYTES } });
  if (wrong.length > 0) throw validationError(wrong);
}

const opened = new WeakMap<Server, TusServer>();

function tusOf(server: Server): TusServer {
  const tus = opened.get(server) ?? openTusServer(server);
  opened.set(server, tus);
  return tus;
}

/** tus 1.0, "Creation": the size in Upload-Length, the name in Upload-Metadata. */
async function announce(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
  permitted: Permit<'backup.upload'>,
): Promise<void> {
  const length = String(request.headers['upload-length'] ?? '');
  if (!/^\d{1,18}$/.test(length))
    throw validationError([{ path: 'Upload-Length', reason: 'uploadLengthRequired' }]);
  const metadata = readMetadata(String(request.headers['upload-metadata'] ?? ''));
  const upload = await createUpload(server, permitted, {
    fileName: metadata.get('filename') ?? metadata.get('name') ?? 'backup.tar.gz.doz',
    size: BigInt(length),
  });
  response.writeHead(201, {
    location: uploadUrl(upload),
    'upload-offset': 0,
    'upload-expires': upload.expiresAt.toUTCString(),
    'content-length': 0,
    'cache-control': 'no-store',
  });
  response.end();
}

/** tus 1.0, "Upload-Metadata": pairs of a key and a value in Base64, between commas; each key once. */
function readMetadata(header: string): Map<string, string> {
  const pairs = header.trim() === '' ? [] : header.split(',').map((pair) => pair.trim());
  const read = new Map<string, string>();
  for (const pair of pairs) {
    const [, key = '', value = ''] = PAIR.exec(pair) ?? [];
    const text = decoded(value);
    if (key === '' || read.has(key) || text === null)
      throw validationError([{ path: 'Upload-Metadata', reason: 'uploadMetadataMalformed' }]);
    read.set(key, text);
  }
  return read;
}

/** Null for what is no UTF-8. */
function decoded(base64: string): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64'));
  } catch {
    return null;
  }
}

/** tus 1.0, "Upload-Checksum": the algorithm and the digest in Base64. */
function readChecksum(request: IncomingMessage): Checksum | null {
  const header = request.headers['upload-checksum'];
  if (header === undefined) return null;
  const [algorithm = '', digest = ''] = String(header).split(' ');
  if (ALGORITHMS.includes(algorithm)) return { algorithm, digest: Buffer.from(digest, 'base64') };
  throw new FiberkeepError('BAD_REQUEST', {
    reason: 'checksumAlgorithmUnknown',
    params: { algorithms: ALGORITHMS.join(', ') },
  });
}

function sendAbilities(response: ServerResponse): void {
  response.writeHead(204, {
    'tus-version': VERSION,
    'tus-extension': 'creation,termination,expiration,checksum',
    'tus-checksum-algorithm': ALGORITHMS.join(','),
  });
  response.end();
}

function sendVersions(response: ServerResponse): void {
  response.writeHead(412, { 'tus-version': VERSION, 'content-length': 0 }).end();
}
