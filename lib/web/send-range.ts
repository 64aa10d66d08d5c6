import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { FiberkeepError } from '#errors';
import { readRange } from './byte-range.ts';

/** Bytes of a known size that never change under their tag. */
export interface SendableBytes {
  readonly size: number;
  /** Strong (RFC 9110 section 8.8.3), quotes included. */
  readonly etag: string;
  /** Of an answer that carries bytes, or would (HEAD). */
  readonly headers: OutgoingHttpHeaders;
  /** Bytes [start, end). A piece is done with when the next one is asked for. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
  /** Breaks the answer off, also where it waits for the client to take the last piece. */
  readonly signal?: AbortSignal;
}

/** What was sent of them; null: nothing, they were not asked for. */
export type Sent = { readonly start: number; readonly end: number } | null;

/**
 * Answers GET or HEAD: whole, one range, 304 or 416, with Content-Length and the tag (RFC 9110 sections 13
 * and 14). Throws RANGE_NOT_SATISFIABLE or PRECONDITION_FAILED before the answer has begun, and what reading
 * throws; the answer has begun then.
 */
export async function sendBytes(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: SendableBytes,
): Promise<Sent> {
  const { size, etag } = bytes;
  const headers = { etag, 'cache-control': 'private, no-cache', 'accept-ranges': 'bytes' };
  if (namesTag(request.headers['if-none-match'], etag)) {
    response.writeHead(304, headers).end();
    return null;
  }
  if (lacksTag(request.headers['if-match'], etag))
    throw new FiberkeepError('PRECONDITION_FAILED', { reason: 'etagDiffers', params: { etag } });
  const range = request.method === 'HEAD' ? 'all' : readRange(askedRange(request, etag), size);
  if (range === 'none') {
    response.setHeader('content-range', `bytes */${size}`);
    throw new FiberkeepError('RANGE_NOT_SATISFIABLE', {
      reason: 'rangeBehindEnd',
      params: { size },
    });
  }
  const { start, end } = range === 'all' ? { start: 0, end: size - 1 } : range;
  response.writeHead(range === 'all' ? 200 : 206, {
    ...headers,
    ...bytes.headers,
    'content-length': end - start + 1,
    ...(range !== 'all' && { 'content-range': `bytes ${start}-${end}/${size}` }),
  });
  if (request.method === 'HEAD') {
    response.end();
    return null;
  }
  if (size > 0) await writeAll(response, bytes.read(start, end + 1), bytes.signal);
  response.end();
  return { start, end: end + 1 };
}

/** One piece is on its way at a time; throws when the client goes away, or the signal's reason. */
async function writeAll(
  response: ServerResponse,
  pieces: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  let stopped: { readonly reason: unknown } | null = null;
  let giveUp: (reason: unknown) => void = () => {};
  const stop = (reason: unknown) => {
    stopped ??= { reason };
    giveUp(reason);
  };
  const onAbort = () => stop(signal?.reason);
  const onClose = () => stop(clientGone());
  response.once('close', onClose);
  signal?.addEventListener('abort', onAbort);
  try {
    if (signal?.aborted) onAbort();
    for await (const piece of pieces) {
      // To write to one that is gone would be an error that nobody listens for.
      if (response.destroyed) onClose();
      await new Promise<void>((resolve, reject) => {
        if (stopped) return reject(stopped.reason);
        giveUp = reject;
        // Done when the piece has left for the socket: its memory may be used again. Writing fails for no other
        // reason than that the client is gone, and may say so before it closes.
        response.write(piece, (error) => (error ? reject(clientGone(error)) : resolve()));
      });
    }
  } finally {
    response.off('close', onClose);
    signal?.removeEventListener('abort', onAbort);
  }
}

function clientGone(cause?: Error): FiberkeepError {
  return new FiberkeepError('CANCELLED', { reason: 'clientWentAway', cause });
}

/** RFC 9110 section 13.1.5: a range of other bytes than the client has part of is of no use to it. */
function askedRange(request: IncomingMessage, etag: string): string | undefined {
  const held = request.headers['if-range'];
  return held === undefined || held === etag ? request.headers.range : undefined;
}

/** RFC 9110 section 13.1.1, where the comparison is strong. */
function lacksTag(header: string | undefined, etag: string): boolean {
  if (header === undefined || header.trim() === '*') return false;
  return !header.split(',').some((tag) => tag.trim() === etag);
}

/** RFC 9110 section 13.1.2, where the comparison is weak. */
function namesTag(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}
