import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { FiberkeepError } from '#errors';

/** First and last byte, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Bytes of a known size that never change under their tag. */
export interface SendableBytes {
  readonly size: number;
  /** Strong (RFC 9110 section 8.8.3), quotes included. */
  readonly etag: string;
  /** Headers of an answer with bytes, and of HEAD. */
  readonly headers: OutgoingHttpHeaders;
  /** Bytes [start, end). A piece is valid until the next one is asked for. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
  /** Breaks the answer off, also while the client does not take the last piece. */
  readonly signal?: AbortSignal;
}

/** The bytes that were sent; null where the client needed none. */
export type Sent = { readonly start: number; readonly end: number } | null;

/**
 * Answers GET or HEAD: whole, one range, 304 or 416, with Content-Length and the tag (RFC 9110 sections 13
 * and 14). Throws RANGE_NOT_SATISFIABLE or PRECONDITION_FAILED before the answer begins, and what reading throws
 * after that.
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

/** Sends one piece at a time. Throws when the client goes away, or the signal's reason. */
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
      // Writing after that would be an error without a listener.
      if (response.destroyed) onClose();
      await new Promise<void>((resolve, reject) => {
        if (stopped) return reject(stopped.reason);
        giveUp = reject;
        // Called when the socket took the piece, so that its memory can be used again. Writing only fails when
        // the client is gone, possibly before 'close'.
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

/** RFC 9110 section 13.1.5: the range counts only while the client's part is of the same bytes. */
function askedRange(request: IncomingMessage, etag: string): string | undefined {
  const held = request.headers['if-range'];
  return held === undefined || held === etag ? request.headers.range : undefined;
}

/** RFC 9110 section 13.1.1: a strong comparison. */
function lacksTag(header: string | undefined, etag: string): boolean {
  if (header === undefined || header.trim() === '*') return false;
  return !header.split(',').some((tag) => tag.trim() === etag);
}

/** RFC 9110 section 13.1.2: a weak comparison. */
export function namesTag(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}

/**
 * The range that a Range header asks for, of `size` bytes (RFC 9110 section 14.1.2). `all` without a header, or
 * for one that may be ignored (several ranges, another unit, nonsense); `none` for a range past the end.
 */
export function readRange(header: string | undefined, size: number): ByteRange | 'all' | 'none' {
  const found = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? '');
  if (!found || (found[1] === '' && found[2] === '')) return 'all';
  const last = size - 1;
  if (found[1] === '') {
    const suffix = Number(found[2]);
    return suffix === 0 || size === 0 ? 'none' : { start: Math.max(0, size - suffix), end: last };
  }
  const start = Number(found[1]);
  const end = found[2] === '' ? last : Math.min(Number(found[2]), last);
  if (found[2] !== '' && Number(found[2]) < start) return 'all';
  return start > last ? 'none' : { start, end };
}
