import { z } from 'zod';
import { readManifest } from '#engine/backup/read.ts';
import { testRestore } from '#engine/restore/test-restore.ts';
import { type Failure, FiberkeepError, failureOf, notFound } from '#errors';
import { Prisma } from '#generated/vault/client.ts';
import { defineJobKind, type EndedJob, type JobRun } from '#jobs/kinds.ts';
import { enqueueJob } from '#jobs/queue.ts';
import { currentStructure, migrate } from '#prisma/migrate.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { failureColumn } from '#vault/failures.ts';
import { backupInputFields, inputTarget } from '../backups/backup-fields.ts';
import { readGivenName } from '../backups/given-name.ts';
import { whileRoom } from '../disk-room.ts';
import { systemActor } from '../permit.ts';
import { testSchema } from '../restore-tests/restore-test-rows.ts';
import { isVerdict, refusal } from '../restore-tests/verdict.ts';
import type { Server } from '../server.ts';
import { hasFrozen } from './class-rows.ts';
import { copiesIn, findCopy, writeCopy } from './copy-rows.ts';
import { type DestinationRow, laneOf, lockDestination } from './destination-rows.ts';
import { requireRow } from './destinations.ts';
import { tellFailed } from './notify-external.ts';
import { openDestination } from './open-destination.ts';

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

const jobInput = z.strictObject({ ...backupInputFields, destinationId: z.uuid() });
type TestCopyInput = z.infer<typeof jobInput>;

export const testCopyJob = defineJobKind({
  kind: 'TEST_COPY',
  input: jobInput,
  action: 'backup.create',
  audit: 'backup.test-copy',
  isChore: false,
  atOnce: 2,
  lane: ({ destinationId }) => `test of ${laneOf(destinationId)}`,
  target: inputTarget,
  run: runTestCopy,
  onEnd: endTestCopy,
});

async function endTestCopy(
  tx: VaultTransaction,
  { input, outcome }: EndedJob<TestCopyInput>,
): Promise<void> {
  if (outcome.status === 'CANCELLED' || outcome.failure.code !== 'TEST_FAILED') return;
  await markCopyFailed(tx, input, outcome.failure);
  const row = await lockDestination(tx, input.destinationId);
  if (row) await tellFailed(tx, row, outcome.failure, new Date());
}

async function markCopyFailed(tx: VaultTransaction, input: TestCopyInput, failure: Failure) {
  await writeCopy(tx, input, { testFailedAt: new Date(), testError: failureColumn(failure) });
}

/** Queues a restore test of the newest copy, where none there was tested within a week. */
export async function requestDueCopyTest(
  tx: VaultTransaction,
  { id }: Pick<DestinationRow, 'id'>,
  now: Date,
): Promise<void> {
  const copies = (await copiesIn(tx, id)).filter(({ status }) => status === 'HERE');
  const [newest] = copies;
  const since = now.getTime() - WEEK_MS;
  if (!newest || copies.some(({ testedAt }) => testedAt && testedAt.getTime() > since)) return;
  const { backupId, name, givenName } = newest;
  await enqueueJob(tx, testCopyJob, {
    input: { backupId, name, givenName: readGivenName(givenName), destinationId: id },
    requestedBy: systemActor,
  });
}

/**
 * The job: makes a network of a copy from what lies in the destination alone, compares every row and file, and drops
 * it. Fails with TEST_FAILED where it does not come back, with CONFLICT where it would have to be thawed first.
 */
export async function runTestCopy(server: Server, run: JobRun<TestCopyInput>): Promise<void> {
  const { destinationId, backupId } = run.input;
  const row = await requireRow(server, destinationId);
  const copy = await findCopy(server.vault, destinationId, backupId);
  if (copy?.status !== 'HERE') throw notFound('backup');
  if (await hasFrozen(server.pool, row.id))
    throw new FiberkeepError('CONFLICT', { reason: 'copyFrozen', params: { name: row.name } });
  await using place = await openDestination(server, row, run.signal);
  const { keys, connect } = server;
  const { seconds } = await verdictOf(run, async () => {
    const manifest = await readManifest(place.store, keys, copy.manifestObject);
    const structure = await currentStructure('plant');
    return whileRoom(server.room, run.signal, (signal) =>
      testRestore({
        connect,
        schema: testSchema(run.job),
        manifest,
        store: place.store,
        keys,
        structure,
        migrate: async (into, through) =>
          void (await migrate(server.databaseUrl, 'plant', into, through)),
        report: run.report,
        signal,
      }),
    );
  });
  const result = { backupId, restoreSeconds: seconds.toFixed(3) };
  await run.commit(result, async (tx) => {
    // It may lead to another place by now.
    const now = await lockDestination(tx, destinationId);
    if (now?.ownerId !== row.ownerId) throw notFound('backup');
    await writeCopy(tx, run.input, {
      testedAt: server.now(),
      testFailedAt: null,
      testError: Prisma.DbNull,
    });
  });
}

/** What only a damaged copy causes fails the test; all else (a place that is away, a full disk) says nothing of it. */
async function verdictOf<T>(run: JobRun<TestCopyInput>, test: () => Promise<T>): Promise<T> {
  try {
    return await test();
  } catch (thrown) {
    run.signal.throwIfAborted();
    if (!isVerdict(thrown)) throw thrown;
    const first = failureOf(refusal(thrown));
    const params = { name: run.input.name, first, others: 0 };
    throw new FiberkeepError('TEST_FAILED', { reason: 'backupDamaged', params, cause: thrown });
  }
}
