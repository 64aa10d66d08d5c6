import { z } from 'zod';
import { manifestChunks, readManifest } from '#engine/backup/read.ts';
import { chunkObject, fetchChunk } from '#engine/chunks/chunk.ts';
import { forEachOf } from '#engine/external/for-each-of.ts';
import type { ChunkRef, Manifest } from '#engine/ports.ts';
import { asFiberkeepError, FiberkeepError, failureOf } from '#errors';
import type { Backup } from '#generated/vault/client.ts';
import { defineJobKind, type JobRun } from '#jobs/kinds.ts';
import { enqueueJob } from '#jobs/queue.ts';
import { openChunkIndex } from '#vault/chunk-index.ts';
import { systemActor } from '../permit.ts';
import { markFirstFailure } from '../restore-tests/restore-test-rows.ts';
import { isVerdict, restoreTestEnded } from '../restore-tests/verdict.ts';
import type { Server } from '../server.ts';
import { chunksToScrub, isScrubDue, markScrubbed, stillStored } from './scrub-rows.ts';

/** Every chunk is opened once within so many nights. */
const NIGHTS = 30;
const AT_ONCE = 4;
const NOTED_AT_ONCE = 500;

/** A backup opens no chunk of the ones before, as it reads only what changed. So somebody else has to. */
export const scrubJob = defineJobKind({
  kind: 'SCRUB',
  input: z.strictObject({}),
  action: 'backup.create',
  audit: 'backup.scrub',
  isChore: true,
  target: () => null,
  run: (server: Server, run: JobRun) => runScrub(server, run),
});

/** The chore of every minute: asks for a scrub once a day. */
export async function requestDueScrub({ vault }: Server): Promise<void> {
  await vault.$transaction(async (tx) => {
    if (await isScrubDue(tx))
      await enqueueJob(tx, scrubJob, { input: {}, requestedBy: systemActor });
  });
}

/** The job: opens the share of the chunks whose turn it is, and says which backups need those that do not open. */
export async function runScrub(
  server: Server,
  run: JobRun,
  { nights = NIGHTS }: { nights?: number } = {},
): Promise<void> {
  const chunks = await chunksToScrub(server.pool, nights);
  const damaged = await openAll(server, run, chunks);
  const index = openChunkIndex(server.pool, run.job.id);
  await index.distrust(damaged.map(({ ref }) => ref));
  const told = damaged.length > 0 ? await tellOfDamage(server, run, damaged) : 0;
  const result = {
    chunks: String(chunks.length),
    damaged: String(damaged.length),
    backups: String(told),
  };
  await run.commit(result, async () => {});
}

interface DamagedChunk {
  readonly ref: ChunkRef;
  readonly error: FiberkeepError;
}

async function openAll(
  { store, keys, pool }: Server,
  run: JobRun,
  chunks: readonly ChunkRef[],
): Promise<DamagedChunk[]> {
  const failed: DamagedChunk[] = [];
  let done = 0;
  for (let at = 0; at < chunks.length; at += NOTED_AT_ONCE) {
    const good: ChunkRef[] = [];
    const open = async (ref: ChunkRef) => {
      try {
        await fetchChunk(store, keys, ref);
        good.push(ref);
      } catch (thrown) {
        if (!isVerdict(thrown)) throw thrown;
        failed.push({ ref, error: asFiberkeepError(thrown) });
      }
      run.report('readBack', ++done, chunks.length, 'steps');
    };
    await forEachOf(chunks.slice(at, at + NOTED_AT_ONCE), AT_ONCE, open, run.signal);
    await markScrubbed(pool, good);
  }
  // What a sweep deleted meanwhile is not damaged.
  const stored = new Set(
    await stillStored(
      pool,
      failed.map(({ ref }) => ref),
    ),
  );
  return failed.filter(({ ref }) => stored.has(ref));
}

/** Each backup that needs a damaged chunk counts as failed, as if its restore test had found that. Answers how many. */
async function tellOfDamage(
  server: Server,
  run: JobRun,
  damaged: readonly DamagedChunk[],
): Promise<number> {
  const errors = new Map(damaged.map(({ ref, error }) => [chunkObject(ref), error]));
  const backups = await server.vault.backup.findMany({ where: { status: 'READY' } });
  let told = 0;
  for (const backup of backups) {
    run.signal.throwIfAborted();
    const found = await damageIn(server, backup, errors);
    const [first] = found;
    if (!first) continue;
    await markDamaged(server, run, backup, first, found.length - 1);
    told++;
  }
  return told;
}

/** A manifest, rope or list that does not open is damage too; its restore test names it. */
async function damageIn(
  { store, keys }: Server,
  { manifestObject }: Backup,
  errors: ReadonlyMap<string, FiberkeepError>,
): Promise<FiberkeepError[]> {
  const found = new Map<string, FiberkeepError>();
  try {
    const manifest: Manifest = await readManifest(store, keys, manifestObject);
    for await (const ref of manifestChunks(store, keys, manifest)) {
      const error = errors.get(chunkObject(ref));
      if (error) found.set(chunkObject(ref), error);
    }
  } catch (thrown) {
    if (!isVerdict(thrown)) throw thrown;
    // A damaged piece of a rope or list was found by its name, before it was opened.
    if (found.size === 0) found.set(manifestObject, asFiberkeepError(thrown));
  }
  return [...found.values()];
}

async function markDamaged(
  server: Server,
  run: JobRun,
  backup: Backup,
  first: FiberkeepError,
  others: number,
): Promise<void> {
  const error = failureOf(
    new FiberkeepError('TEST_FAILED', {
      reason: 'backupDamaged',
      params: { name: backup.name, first: failureOf(first), others },
    }),
  );
  await server.vault.$transaction(async (tx) => {
    if (!(await markFirstFailure(tx, backup.id, error))) return;
    await restoreTestEnded(tx, { backup, jobId: run.job.id, outcome: 'FAILED', error });
  });
}
