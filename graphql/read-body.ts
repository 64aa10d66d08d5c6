import { FiberkeepError } from '#errors';

/** Long enough for any honest client: bodies are small. */
const BODY_MS = 30_000;

/**
 * The JSON body of a request, with at most `maxBytes` of it in memory. Throws PAYLOAD_TOO_LARGE beyond that,
 * and BAD_REQUEST where it is not JSON, breaks off, or takes longer than half a minute.
 */
export async function readJson(
  request: Request,
  maxBytes: number,
  maxMs = BODY_MS,
): Promise<unknown> {
  const bytes = await readBytes(request, maxBytes, maxMs);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new FiberkeepError('BAD_REQUEST', { reason: 'bodyNotJson', cause });
  }
}

async function readBytes(request: Request, maxBytes: number, maxMs: number): Promise<Buffer> {
  const reader = request.body?.getReader();
  if (!reader) return Buffer.alloc(0);
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  // Cancelling ends the waiting read. What came until then is not JSON.
  const cancel = () => void reader.cancel().catch(() => {});
  const deadline = setTimeout(cancel, maxMs);
  try {
    for (;;) {
      const { value } = await reader.read().catch(brokenOff);
      if (!value) return Buffer.concat(pieces);
      bytes += value.byteLength;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      pieces.push(value);
    }
  } finally {
    clearTimeout(deadline);
    cancel();
  }
}

/** The client is gone: nobody reads the answer, and it is not a fault of the server. */
function brokenOff(cause: unknown): never {
  throw new FiberkeepError('BAD_REQUEST', { reason: 'requestBrokenOff', cause });
}

function tooLarge(maxBytes: number): FiberkeepError {
  return new FiberkeepError('PAYLOAD_TOO_LARGE', { reason: 'bodyTooLarge', params: { maxBytes } });
}
