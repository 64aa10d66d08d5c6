import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { FiberkeepError } from '#errors';
import { auditDownload, type OpenArchive, openArchive } from '#services/downloads/open-archive.ts';
import type { Permit } from '#services/permit.ts';
import { addCommand, type Context } from './command.ts';
import { requireBackup } from './find-backup.ts';
import { formatBytes, plain } from './format.ts';
import { openProgressBar, type ProgressBar } from './progress.ts';
import type { Session } from './session.ts';

/** Making the head of the largest backup takes less. */
const PREPARE_MS = 24 * 60 * 60 * 1000;

const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

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

/** Writes under another name until the file is complete, so that no half file passes for a backup. */
async function toFile({ archive, bytes, file, bar, force }: Target): Promise<string> {
  const there = await stat(file).catch(() => null);
  if (there?.isDirectory()) throw isFolder(file);
  if (there && !force) throw isThere(file);
  const partial = `${file}.${randomBytes(4).toString('hex')}.partial`;
  const handle = await open(partial, 'wx', 0o600).catch(cannotWrite(file));
  try {
    const shown = (done: number) => bar.showBytes('download', done, archive.size);
    const sha256 = await write(bytes, handle, shown).finally(() => handle.close());
    if (archive.backup.archiveSha256 !== null && archive.backup.archiveSha256 !== sha256)
      throw new FiberkeepError('TEST_FAILED', { reason: 'archiveNotAsPublished' });
    await (force ? rename(partial, file) : place(partial, file));
    return sha256;
  } finally {
    await rm(partial, { force: true });
  }
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
  await handle.sync();
  return hash.digest('hex');
}

async function toStandardOutput(bytes: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of bytes)
    await new Promise<void>((resolve, reject) => {
      process.stdout.write(piece, (error) => (error ? reject(error) : resolve()));
    });
}

function isFolder(file: string): FiberkeepError {
  return new FiberkeepError('BAD_REQUEST', { reason: 'fileIsFolder', params: { file } });
}

function cannotWrite(file: string) {
  return (cause: NodeJS.ErrnoException): never => {
    if (cause.code === 'ENOSPC') throw cause;
    throw new FiberkeepError('BAD_REQUEST', {
      reason: 'fileNotWritable',
      params: { file, detail: cause.code ?? cause.message },
      cause,
    });
  };
}

/** Gives the file its name, unless another file has taken it meanwhile. */
async function place(partial: string, file: string): Promise<void> {
  try {
    await link(partial, file).catch(unlessThere(file));
  } catch (thrown) {
    // FAT has no links: take the name with an empty file, then replace that file.
    if (!NO_LINKS.includes((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown;
    await (await open(file, 'wx', 0o600).catch(unlessThere(file))).close();
    await rename(partial, file);
  }
}

function unlessThere(file: string) {
  return (cause: NodeJS.ErrnoException): never => {
    throw cause.code === 'EEXIST' ? isThere(file) : cause;
  };
}

function isThere(file: string): FiberkeepError {
  return new FiberkeepError('CONFLICT', { reason: 'fileExists', params: { file } });
}
