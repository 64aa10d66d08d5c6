import type { IncomingMessage, ServerResponse } from 'node:http';
import { FiberkeepError } from '#errors';
import { archiveUrl } from '#services/downloads/archive-file.ts';
import { auditDownload, type OpenArchive, openArchive } from '#services/downloads/open-archive.ts';
import type { Permit } from '#services/permit.ts';
import { scheduleZone } from '#services/schedule/schedule-zone.ts';
import type { Server } from '#services/server.ts';
import { contentDisposition } from '../content-disposition.ts';
import { permitRequest } from '../permit-request.ts';
import { refuseMethod, sendProblem } from '../problem.ts';
import { type Sent, sendBytes } from '../send-range.ts';

const ROUTE = /^\/api\/backups\/([^/?]+)\/archive\/?(?:\?|$)/;
/** Clients and proxies give up when they wait much longer for the first byte. */
const WAIT_MS = 25_000;

/**
 * `GET|HEAD /api/backups/:id/archive`: the backup as one file, with Range, ETag and Content-Length. Where its
 * head is not made yet, the answer waits for it, or is 503 with Retry-After.
 */
export async function handleArchive(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
): Promise<boolean> {
  const id = ROUTE.exec(request.url ?? '')?.[1];
  if (id === undefined) return false;
  await answerArchive(request, response, server, async () => id);
  return true;
}

/** Answers with the archive of the backup whose id `find` answers to somebody who may download, or a problem. */
export async function answerArchive(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
  find: (permitted: Permit<'backup.download'>) => Promise<string>,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    refuseMethod(response, 'GET, HEAD');
    return;
  }
  const gone = new AbortController();
  const clientGone = () =>
    gone.abort(new FiberkeepError('CANCELLED', { reason: 'clientWentAway' }));
  response.once('close', clientGone);
  try {
    const permitted = await permitRequest(server, request, 'backup.download');
    const options = { waitMs: WAIT_MS, signal: gone.signal };
    await using archive = await openArchive(server, permitted, await find(permitted), options);
    await send(request, response, { server, permitted, archive, signal: gone.signal });
  } catch (thrown) {
    if (!response.destroyed) sendProblem(response, thrown, await scheduleZone(server));
  }
}

interface Sending {
  readonly server: Server;
  readonly permitted: Permit<'backup.download'>;
  readonly archive: OpenArchive;
  readonly signal: AbortSignal;
}

async function send(request: IncomingMessage, response: ServerResponse, sending: Sending) {
  const { archive, signal } = sending;
  let started: Sent = null;
  try {
    const sent = await sendBytes(request, response, {
      size: archive.size,
      etag: archive.etag,
      headers: headersOf(archive),
      signal: archive.broken,
      read(start, end) {
        started = { start, end };
        return archive.read(start, end, signal);
      },
    });
    if (sent) await auditDownload(sending.server, sending.permitted, archive.backup, sent, null);
  } catch (thrown) {
    if (started)
      await auditDownload(sending.server, sending.permitted, archive.backup, started, thrown);
    throw thrown;
  }
}

function headersOf({ backup, fileName }: OpenArchive) {
  return {
    'content-type': 'application/octet-stream',
    'content-disposition': contentDisposition('attachment', fileName),
    // RFC 9110 section 8.7: `latest` or a date may name another backup tomorrow.
    'content-location': archiveUrl(backup),
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
    ...(backup.archiveSha256 !== null && {
      // RFC 9530: it covers the whole archive, also where a range is sent.
      'repr-digest': `sha-256=:${Buffer.from(backup.archiveSha256, 'hex').toString('base64')}:`,
    }),
  };
}
