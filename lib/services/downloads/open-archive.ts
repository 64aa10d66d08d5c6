import { ArchiveThreads } from '#engine/archive/threads/pool.ts';
import { asFiberkeepError, FiberkeepError, notFound } from '#errors';
import type { Backup, Job } from '#generated/vault/client.ts';
import { jobError } from '#jobs/queue.ts';
import { backupTarget, recordAudit } from '#vault/audit.ts';
import { watchJob } from '../activity/watch.ts';
import { watchAccess } from '../activity/watch-access.ts';
import type { Authority } from '../authority.ts';
import { findReadyBackup } from '../backups/backup-rows.ts';
import { type Permit, systemActor } from '../permit.ts';
import type { Server } from '../server.ts';
import { vaultAccess } from '../vault-store/open-stores.ts';
import { archiveFileName } from './archive-file.ts';
import { giveUpHead, touchHead } from './archive-head-rows.ts';
import { HEAD_USE_MS } from './kept-heads.ts';
import { requestPrepare } from './prepare-archive.ts';

/** The download of a backup. Every byte of it is fixed. Dispose of it after the last read. */
export interface OpenArchive extends AsyncDisposable {
  readonly backup: Backup;
  /** The name to save it under. */
  readonly fileName: string;
  readonly size: number;
  /** Strong, quotes included. */
  readonly etag: string;
  /**
   * Bytes [start, end). A piece is valid until the next one is asked for. Throws the reason of `signal` or
   * `broken`, and what the store throws; never ends early.
   */
  read(start: number, end: number, signal: AbortSignal): AsyncIterable<Buffer>;
  /**
   * Aborted as soon as the backup is deleted (NOT_FOUND), or the session or key ends (UNAUTHENTICATED). A
   * reader need not wait for the next piece.
   */
  readonly broken: AbortSignal;
}

/** Clients should wait this long before they ask again. */
const RETRY_AFTER_SECONDS = 5;

interface OpenOptions {
  /** How long to wait for a head that is not made yet. */
  readonly waitMs: number;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
  /** Told of each state of the job that makes the head. */
  readonly onPreparing?: (job: Job) => void;
}

/**
 * Opens the archive of a backup, after its head is made where none is kept, or the kept one is damaged. Throws
 * NOT_FOUND, ARCHIVE_PREPARING where that takes longer than `waitMs`, and the failure of the job that makes it.
 */
export async function openArchive(
  server: Server,
  permit: Permit<'backup.download'>,
  backupId: string,
  options: OpenOptions,
): Promise<OpenArchive> {
  const open = () => openWithHead(server, permit, backupId, options);
  const opened = (await open()) ?? (await open());
  if (!opened) throw stillPreparing();
  return opened;
}

/** Null where the kept head is damaged. It is given up then, so the next one to ask has it made anew. */
async function openWithHead(
  server: Server,
  permit: Permit<'backup.download'>,
  backupId: string,
  options: OpenOptions,
): Promise<OpenArchive | null> {
  const { job } = await requestPrepare(server, permit, backupId);
  if (job) await untilPrepared(server, job, options);
  const head = await touchHead(server.vault, backupId);
  const backup = await findReadyBackup(server.vault, backupId);
  if (!backup) throw notFound('backup');
  if (!head) throw stillPreparing();
  const place = {
    manifestObject: backup.manifestObject,
    head: { name: head.object, bytes: Number(head.bytes), sha256: head.sha256 },
    digested: backup.archiveSha256 !== null,
  };
  const threads = threadsOf(server);
  const lost = { head: false };
  const onHeadLost = async () => {
    lost.head = true;
    await giveUpHead(server.vault, head);
  };
  const opened = await threads.open({ place, onHeadLost }).catch((thrown) => {
    if (lost.head) return null;
    throw thrown;
  });
  if (!opened) return null;
  const { size, etag } = opened;
  const watch = watchDownload(server, permit, backupId);
  return {
    backup,
    fileName: archiveFileName(backup.name),
    size,
    etag,
    read: (start, end, signal) =>
      threads.read({
        place,
        start,
        end,
        signal: AbortSignal.any([signal, watch.broken]),
        onHeadLost,
      }),
    broken: watch.broken,
    async [Symbol.asyncDispose]() {
      watch.stop();
    },
  };
}

/** The threads of this server's process, made at the first download. */
function threadsOf(server: Server): ArchiveThreads {
  const { config, keys } = server;
  server.archiveThreads ??= new ArchiveThreads({ vault: vaultAccess(config), keys });
  return server.archiveThreads;
}

async function untilPrepared(server: Server, job: Job, options: OpenOptions): Promise<void> {
  const enough = AbortSignal.any([AbortSignal.timeout(options.waitMs), options.signal]);
  const states = await watchJob(server, systemActor, job.id);
  const stop = () => void states.return?.();
  enough.addEventListener('abort', stop);
  try {
    if (enough.aborted) stop();
    for await (const state of states) {
      options.onPreparing?.(state);
      if (state.status === 'SUCCEEDED') return;
      if (state.endedAt) throw jobError(state);
    }
  } finally {
    enough.removeEventListener('abort', stop);
  }
  options.signal.throwIfAborted();
  throw stillPreparing();
}

function stillPreparing(): FiberkeepError {
  return new FiberkeepError('ARCHIVE_PREPARING', {
    reason: 'archivePreparing',
    params: { seconds: RETRY_AFTER_SECONDS },
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

/** Keeps the head from being given up, and aborts at once when the backup or the access to it is gone. */
function watchDownload(server: Server, by: Authority, backupId: string) {
  const broken = new AbortController();
  const using = setInterval(() => {
    touchHead(server.vault, backupId).catch(() => {});
  }, HEAD_USE_MS);
  const endAccess = (thrown: unknown) => broken.abort(thrown ?? accessEnded());
  const access = watchAccess(server, by, endAccess, async ({ kind, id }) => {
    if (kind !== 'REFETCH' && (kind !== 'BACKUPS_CHANGED' || id !== backupId)) return;
    if (await isGone(server, backupId)) broken.abort(notFound('backup'));
  });
  return {
    broken: broken.signal,
    stop() {
      clearInterval(using);
      access.stop();
    },
  };
}

function accessEnded(): FiberkeepError {
  return new FiberkeepError('UNAUTHENTICATED', { reason: 'downloadAccessEnded' });
}

/** While the database is away nothing is deleted, and nobody can tell. A REFETCH follows. */
async function isGone({ vault }: Server, id: string): Promise<boolean> {
  return findReadyBackup(vault, id).then(
    (backup) => backup === null,
    () => false,
  );
}

/** Audits who took which bytes of an archive; `failure` is null, or why it was not all of them. */
export async function auditDownload(
  server: Server,
  { actor }: Permit<'backup.download'>,
  backup: Backup,
  bytes: { readonly start: number; readonly end: number },
  failure: unknown,
): Promise<void> {
  await recordAudit(server.vault, {
    actor,
    action: 'backup.download',
    target: backupTarget(backup),
    outcome: failure === null ? 'DONE' : 'FAILED',
    detail: {
      from: bytes.start,
      to: bytes.end,
      ...(failure !== null && { code: asFiberkeepError(failure).code }),
    },
  });
}
