import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { FiberkeepError } from '#errors';
import { auditDownload, type OpenArchive, openArchive } from '#services/downloads/open-archive.ts';
import type { Permit } from '#services/permit.ts';
import { addCommand, type Context } from './command.ts';
import { requireBackup } from './find-backup.ts';
import { formatBytes, plain } from './format.ts';
import { writeNewFile } from './new-file.ts';
import { openProgressBar, type ProgressBar } from './progress.ts';
import type { Session } from './session.ts';

/** Making the head of the largest backup takes less. */
const PREPARE_MS = 24 * 60 * 60 * 1000;

interface Options {
  readonly force?: boolean;
}

export function addDownload(program: Command): void {
  addCommand<Options>(
    program,
    'download <backup> [file]',
    'save a backup as one file: its archive (`-`: to standard output)',
    (command) => command.option('--force', 'replace a file that is there'),
    download,
  );
}

async function download({ session, out }: Context, args: string[], options: Options) {
  const found = await requireBackup(session, args[0] ?? '');
  const permit = await session.permit('backup.download');
  const bar = openProgressBar(out.json || args[1] === '-');
  try {
    session.work();
    await using archive = await openArchive(session.server, permit, found.id, {
      waitMs: PREPARE_MS,
      signal: session.signal,
      onPreparing: (job) => bar.show(job),
    });
    const bytes = wholeOf(archive, session, permit);
    if (args[1] === '-') return await toStandardOutput(bytes);
    const file = path.resolve(args[1] ?? archive.fileName);
    const sha256 = await toFile({ archive, bytes, file, bar, force: options.force ?? false });
    bar.end();
    out.answer({ backupId: found.id, file, bytes: archive.size, sha256 }, [
      `The backup “${plain(found.name)}” is saved as ${file}: ${formatBytes(archive.size)}.`,
      `SHA-256 ${sha256}`,
    ]);
  } finally {
    bar.end();
  }
}

/** Reads the whole archive and audits how far it got, unless nobody started reading. */
async function* wholeOf(
  archive: OpenArchive,
  session: Session,
  permit: Permit<'backup.download'>,
): AsyncGenerator<Buffer, void> {
  let failure: unknown = new FiberkeepError('CANCELLED', { reason: 'downloadUnfinished' });
  try {
    yield* archive.read(0, archive.size, session.signal);
    failure = null;
  } catch (thrown) {
    failure = thrown;
    throw thrown;
  } finally {
    const whole = { start: 0, end: archive.size };
    await auditDownload(session.server, permit, archive.backup, whole, failure);
  }
}

interface Target {
  readonly archive: OpenArchive;
  readonly bytes: AsyncIterable<Buffer>;
  readonly file: string;
  readonly bar: ProgressBar;
  readonly force: boolean;
}

async function toFile({ archive, bytes, file, bar, force }: Target): Promise<string> {
  const shown = (done: number) => bar.showBytes('download', done, archive.size);
  return writeNewFile(file, force, async (handle) => {
    const sha256 = await write(bytes, handle, shown);
    if (archive.backup.archiveSha256 !== null && archive.backup.archiveSha256 !== sha256)
      throw new FiberkeepError('TEST_FAILED', { reason: 'archiveNotAsPublished' });
    return sha256;
  });
}

async function write(
  bytes: AsyncIterable<Buffer>,
  handle: FileHandle,
  onProgress: (done: number) => void,
): Promise<string> {
  const hash = createHash('sha256');
  let done = 0;
  for await (const piece of bytes) {
    hash.update(piece);
    await handle.writeFile(piece);
    done += piece.length;
    onProgress(done);
  }
  return hash.digest('hex');
}

async function toStandardOutput(bytes: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of bytes)
    await new Promise<void>((resolve, reject) => {
      process.stdout.write(piece, (error) => (error ? reject(error) : resolve()));
    });
}
