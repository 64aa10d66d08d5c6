import path from 'node:path';
import { FiberkeepError } from '#errors';
import type { Job, Upload } from '#generated/vault/client.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { openLocalFile } from './inspect-archive.ts';
import { receiveUpload } from './receive-upload.ts';
import { cancelUpload, createUpload, finishUpload } from './uploads.ts';

type Source = Awaited<ReturnType<typeof openLocalFile>>;

/**
 * Copies an archive of this machine in, and answers the job that checks it. `onProgress` hears of the bytes, and stops
 * the copy by throwing. Throws NOT_FOUND, DISK_FULL, and CONFLICT where the file changes meanwhile.
 */
export async function bringFileIn(
  server: Server,
  permit: Permit<'backup.upload'>,
  file: string,
  onProgress: (doneBytes: number, totalBytes: number) => void,
): Promise<Job> {
  await using source = await openLocalFile(file);
  const announced = await createUpload(server, permit, {
    fileName: path.basename(file),
    size: BigInt(source.bytes),
  });
  try {
    await copy(server, announced, source, onProgress);
    const job = await finishUpload(server, permit, announced.id);
    if (job) return job;
    throw new FiberkeepError('CONFLICT', { reason: 'fileChangedWhileRead' });
  } catch (thrown) {
    await cancelUpload(server, permit, announced.id).catch(() => {});
    throw thrown;
  }
}

async function copy(
  server: Server,
  upload: Upload,
  source: Source,
  onProgress: (doneBytes: number, totalBytes: number) => void,
): Promise<void> {
  async function* pieces() {
    let done = 0;
    for await (const piece of source.read(0)) {
      yield piece;
      done += piece.length;
      onProgress(done, source.bytes);
    }
  }
  await receiveUpload(server, upload.id, 0, pieces());
}
