import { RewindError } from '../lib/errors/index.ts';

/**
 * The JSON body of a request, never more than `maxBytes` of it in memory. Throws PAYLOAD_TOO_LARGE beyond
 * that and BAD_REQUEST for what is not JSON.
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of request.body ?? []) {
    bytes += piece.byteLength;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch (cause) {
    throw new RewindError('BAD_REQUEST', 'The body is not JSON.', {
      hint: 'Send {"query": "…", "variables": {…}} as application/json.',
      cause,
    });
  }
}

function tooLarge(maxBytes: number): RewindError {
  return new RewindError('PAYLOAD_TOO_LARGE', `The body is larger than ${maxBytes} bytes.`, {
    hint: 'Send less in one request. Files go by POST /api/posts/:id/files.',
  });
}
