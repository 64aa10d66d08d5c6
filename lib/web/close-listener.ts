import type http from 'node:http';
import type { ServerResponse } from 'node:http';
import { UPLOADS_PATH } from '#services/uploads/uploads.ts';

/**
 * Takes no more connections and ends the open ones. Event streams and uploads are broken off at once, because
 * their clients reconnect and resume; other answers have `finishMs` to end. `open`: the unfinished answers.
 */
export async function closeListener(
  listener: http.Server,
  open: ReadonlySet<ServerResponse>,
  finishMs: number,
): Promise<void> {
  const closed = new Promise((resolve) => listener.close(resolve));
  for (const response of [...open]) {
    // A kept-alive connection would wait for one more request.
    response.once('close', () => listener.closeIdleConnections());
    if (isEventStream(response) || isReceivingUpload(response)) response.destroy();
  }
  listener.closeIdleConnections();
  const deadline = setTimeout(() => listener.closeAllConnections(), finishMs);
  await closed;
  clearTimeout(deadline);
}

/** They never end by themselves, and browsers reconnect. */
function isEventStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type') ?? '').startsWith('text/event-stream');
}

/** tus 1.0, "PATCH": what came is kept; the client asks for the offset and sends the rest. */
function isReceivingUpload({ req }: ServerResponse): boolean {
  return req.method === 'PATCH' && !req.complete && (req.url ?? '').startsWith(`${UPLOADS_PATH}/`);
}
