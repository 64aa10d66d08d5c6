import { validate as isUuid } from 'uuid';
import type { Server } from '../server.ts';
import { receivedOf } from './receive-upload.ts';
import { removeBytes, removeUnclaimedFiles } from './upload-files.ts';
import { endedUploads, expireUploads, findUploadRow, openUploads } from './upload-rows.ts';
import { finishUpload } from './uploads.ts';

/** The chores of every minute: what came whole but was not told so, what expired, what can go. */
export async function housekeepUploads(server: Server): Promise<void> {
  for (const upload of await openUploads(server.vault))
    if (upload.status === 'RECEIVING' && (await receivedOf(server, upload)) === upload.size)
      await finishUpload(server, upload.id);
  await expireUploads(server.vault);
  for (const { id } of await endedUploads(server.vault)) await removeBytes(server, id);
}

/** The chore of every hour. */
export async function sweepUploadFiles(server: Server): Promise<void> {
  await removeUnclaimedFiles(server, async (id) => {
    const upload = isUuid(id) ? await findUploadRow(server.vault, id) : null;
    return upload !== null && upload.removedAt === null;
  });
}
