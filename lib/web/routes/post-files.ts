import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { asFiberkeepError, FiberkeepError, validationError } from '#errors';
import { assertSameOrigin } from '#services/accounts/request-headers.ts';
import { addPostFile, MOST_FILE_BYTES, type SizedPostFile } from '#services/network/post-files.ts';
import type { Server } from '#services/server.ts';
import { dispositionName } from '../content-disposition.ts';
import { permitRequest, whilePermitted } from '../permit-request.ts';
import { refuseMethod, sendProblem } from '../problem.ts';

const ROUTE = /^\/api\/posts\/([^/?]+)\/files(?:\?|$)/;

/**
 * `POST /api/posts/:id/files?name=…`: the body is the file, streamed, up to 2 GiB. Its name may also be in
 * Content-Disposition. Answers 201 with the file as JSON, or problem details (RFC 9457).
 */
export async function handlePostFileUpload(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
): Promise<boolean> {
  const postId = ROUTE.exec(request.url ?? '')?.[1];
  if (postId === undefined) return false;
  if (request.method !== 'POST') {
    refuseMethod(response, 'POST');
    return true;
  }
  try {
    sendMade(response, await upload(request, server, postId));
  } catch (thrown) {
    await refuse(request, response, thrown);
  }
  return true;
}

async function upload(request: IncomingMessage, server: Server, postId: string) {
  assertSameOrigin(server.config, request.headers);
  const permitted = await permitRequest(server, request, 'network.edit');
  const announcedBytes = Number(request.headers['content-length'] ?? 0);
  if (announcedBytes > MOST_FILE_BYTES) throw tooLarge();
  const epoch = readEpoch(request);
  const ended = new AbortController();
  const file = {
    name: readName(request),
    mediaType: request.headers['content-type'] ?? '',
    announcedBytes,
    bytes: bytesUntil(request, ended.signal),
  };
  const end = (reason: FiberkeepError) => ended.abort(reason);
  return whilePermitted(server, permitted, end, () =>
    addPostFile(server, permitted, epoch, postId, file),
  );
}

/** The body's pieces. Throws the signal's reason as soon as it aborts, also while the client sends nothing. */
export async function* bytesUntil(request: IncomingMessage, signal: AbortSignal) {
  // The connection must outlive a refusal in the middle, or the client never gets the answer.
  const pieces = request.iterator({ destroyOnReturn: false });
  for (;;) {
    const { value, done } = await nextUntil(pieces, signal);
    if (done) return;
    yield value as Uint8Array;
  }
}

/** Not a race against one promise: that would hold every piece until the signal aborts. */
function nextUntil<T>(pieces: AsyncIterator<T>, signal: AbortSignal): Promise<IteratorResult<T>> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const end = () => reject(signal.reason);
    signal.addEventListener('abort', end);
    const settled = () => signal.removeEventListener('abort', end);
    pieces.next().then(resolve, reject).finally(settled);
  });
}

export function readName(request: IncomingMessage): string {
  const query = new URL(request.url ?? '', 'http://localhost').searchParams;
  const name = query.get('name') ?? dispositionName(request.headers['content-disposition']);
  if (name === null) throw validationError([{ path: 'name', reason: 'fileNameRequired' }]);
  return name;
}

/** The epoch of the plant that the client has read; null where it does not send one. */
function readEpoch(request: IncomingMessage): bigint | null {
  const header = request.headers['x-plant-epoch'];
  if (header === undefined) return null;
  if (typeof header === 'string' && /^\d{1,18}$/.test(header)) return BigInt(header);
  throw validationError([{ path: 'x-plant-epoch', reason: 'notWholeNumber' }]);
}

function sendMade(response: ServerResponse, file: SizedPostFile): void {
  const url = `/api/files/${file.id}`;
  const body = JSON.stringify({
    id: file.id,
    name: file.name,
    mediaType: file.mediaType,
    size: file.bytes.toString(),
    sha256: file.sha256,
    url,
    createdAt: file.createdAt.toISOString(),
  });
  response.writeHead(201, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    location: url,
    'cache-control': 'no-store',
  });
  response.end(body);
}

const LINGER_MS = 2_000;

/**
 * Answers before the whole body has come, and reads on for a moment. Closing with unread bytes would reset the
 * connection, and the client would see the reset instead of the answer.
 */
export async function refuse(request: IncomingMessage, response: ServerResponse, thrown: unknown) {
  const cut = request.errored !== null;
  if (!request.complete) response.setHeader('connection', 'close');
  sendProblem(response, cut ? brokenOff(thrown) : asFiberkeepError(thrown));
  if (request.complete || request.destroyed) return;
  request.resume();
  const ended = new Promise((resolve) => request.once('close', resolve).once('end', resolve));
  await Promise.race([ended, wait(LINGER_MS)]);
  request.destroy();
}

/** Nobody gets this answer, but it keeps a lost connection from being logged as a fault of the server. */
function brokenOff(cause: unknown): FiberkeepError {
  return new FiberkeepError('CANCELLED', { reason: 'uploadBrokenOff', cause });
}

function tooLarge(): FiberkeepError {
  return new FiberkeepError('PAYLOAD_TOO_LARGE', {
    reason: 'fileTooLarge',
    params: { maxBytes: MOST_FILE_BYTES },
  });
}
