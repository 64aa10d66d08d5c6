import type { IncomingMessage, ServerResponse } from 'node:http';
import { FiberkeepError } from '#errors';
import { findAutomaticBackup } from '#services/schedule/automatic-backup.ts';
import type { Server } from '#services/server.ts';
import { answerArchive } from './archive.ts';

const ROUTE = /^\/api\/backups\/automatic\/([^/?]+)\/?(?:\?|$)/;

/**
 * `GET|HEAD /api/backups/automatic/:at`: the archive of the backup of one night, named by its instant, its local
 * date, or `latest`. Otherwise as `handleArchive`.
 */
export async function handleAutomatic(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
): Promise<boolean> {
  const at = ROUTE.exec(request.url ?? '')?.[1];
  if (at === undefined) return false;
  await answerArchive(request, response, server, async (permitted) => {
    const backup = await findAutomaticBackup(server, permitted, decoded(at));
    return backup.id;
  });
  return true;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new FiberkeepError('BAD_REQUEST', { reason: 'addressEncodingWrong' });
  }
}
