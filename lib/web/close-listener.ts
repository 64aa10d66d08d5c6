import type http from 'node:http';
import type { ServerResponse } from 'node:http';
import { UPLOADS_PATH } from './tus/tus-server.ts';

/**
 * Takes no more connections and ends those there are. Event streams and uploads whose bytes still come are
 * broken off at once, because their clients connect again and go on from where they were; other answers have
 * `finishMs` to end by themselves. `open`: the answers that are not ended.
 */
export async function closeListener(
  listener: http.Server,
  open: ReadonlySet<ServerResponse>,
  finishMs: number,
): Promise<void> {
  const closed = new Promise((resolve) => listener.close(resolve));
  for (const response of [...open]) {
    // A connection that is kept alive would wait for one more request.
    response.once('close', () => listener.closeIdleConnections());
    if (isEventStream(response) || isReceivingUpload(response)) response.destroy();
  }
  listener.closeIdleConnections();
  const deadline = setTimeout(() => listener.closeAllConnections(), finishMs);
  await closed;
  clearTimeout(deadline);
}

/** These never end by themselves; the browser connects again. */
function isEventStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type') ?? '').startsWith('text/event-stream');
}

/** tus 1.0, "PATCH": what came is kept, and the client asks for the offset and sends the rest. */
function isReceivingUpload({ req }: ServerResponse): boolean {
  return req.method === 'PATCH' && !req.complete && (req.url ?? '').startsWith(`${UPLOADS_PATH}/`);
}
