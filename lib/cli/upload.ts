import path from 'node:path';
import type { Command } from 'commander';
import { FiberkeepError } from '#errors';
import type { Job, Upload } from '#generated/vault/client.ts';
import type { Permit } from '#services/permit.ts';
import { openLocalFile } from '#services/uploads/inspect-archive.ts';
import { receiveUpload } from '#services/uploads/receive-upload.ts';
import { cancelUpload, createUpload, finishUpload } from '#services/uploads/uploads.ts';
import { addCommand, type Context } from './command.ts';
import { requireBackup } from './find-backup.ts';
import { plain } from './format.ts';
import { openProgressBar } from './progress.ts';
import type { Session } from './session.ts';
import { backupView, jobView } from './views.ts';
import { waitForJob } from './wait-for-job.ts';

export function addUpload(program: Command): void {
  addCommand(
    program,
    'upload <file>',
    'bring an archive back as the backup that it is',
    (command) => command,
    upload,
  );
}

async function upload({ session, out }: Context, args: string[]): Promise<void> {
  const permit = await session.permit('backup.upload');
  const file = path.resolve(args[0] ?? '');
  const asked = await bringIn(session, permit, file, out.json);
  const job = await waitForJob(session, asked, out.json);
  const { backupId } = job.result as { backupId: string };
  const backup = await requireBackup(session, backupId);
  out.answer({ job: jobView(job), backup: backupView(backup) }, [
    `The archive is whole and tested: the backup “${plain(backup.name)}” is in the list again.`,
    `Its id is ${backup.id}.`,
  ]);
}

/** Copies an archive in, and answers the job that checks it. */
export async function bringIn(
  session: Session,
  permit: Permit<'backup.upload'>,
  file: string,
  quiet: boolean,
): Promise<Job> {
  await using source = await openLocalFile(file);
  const announced = await createUpload(session.server, permit, {
    fileName: path.basename(file),
    size: BigInt(source.bytes),
  });
  try {
    await copy(session, announced, source, quiet);
    const job = await finishUpload(session.server, permit, announced.id);
    if (job) return job;
    throw new FiberkeepError('CONFLICT', { reason: 'fileChangedWhileRead' });
  } catch (thrown) {
    await cancelUpload(session.server, permit, announced.id).catch(() => {});
    throw thrown;
  }
}

async function copy(
  session: Session,
  upload: Upload,
  source: { readonly bytes: number; read(start: number): AsyncIterable<Uint8Array> },
  quiet: boolean,
): Promise<void> {
  const bar = openProgressBar(quiet);
  async function* pieces() {
    let done = 0;
    for await (const piece of source.read(0)) {
      session.signal.throwIfAborted();
      yield piece;
      done += piece.length;
      bar.showBytes('upload', done, source.bytes);
    }
  }
  try {
    await receiveUpload(session.server, upload.id, 0, pieces());
  } finally {
    bar.end();
  }
}
