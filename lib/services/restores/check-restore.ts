import type { ClientBase } from 'pg';
import { z } from 'zod';
import { countDifferences } from '#engine/compare/count-differences.ts';
import { FiberkeepError } from '#errors';
import { defineJobKind, type EndedJob, type JobRun } from '#jobs/kinds.ts';
import { enqueueJob } from '#jobs/queue.ts';
import { restoreTarget } from '#vault/audit.ts';
import { type SqlRunner, sqlRunnerOn, type VaultTransaction } from '#vault/client.ts';
import { plantEpoch } from '#vault/plant-state.ts';
import { changesUnseen, type NetworkRead } from '../compare/changes-since-rows.ts';
import type { Compare } from '../compare/compare-rows.ts';
import { accountTables } from '../compare/network-words.ts';
import { systemActor } from '../permit.ts';
import type { Server } from '../server.ts';
import { markChecked, type Restore } from './restore-rows.ts';
import { PLANT } from './swap-plant.ts';

const tableCounts = z.strictObject({
  table: z.string(),
  added: z.number(),
  changed: z.number(),
  removed: z.number(),
});
type Announced = z.infer<typeof tableCounts>;

const jobInput = z.strictObject({
  restoreId: z.uuid(),
  backupName: z.string(),
  backupGivenName: z.json(),
  /** The schema of the plant that was replaced. */
  replaced: z.string(),
  /** Of the plant that came in. */
  epoch: z.string(),
  /** When the compare that the person saw read the network, and in which snapshot. */
  read: z.strictObject({ at: z.iso.datetime(), snapshot: z.string() }),
  /** What it said; tables without a difference are not listed. */
  announced: z.array(tableCounts),
});
type CheckInput = z.infer<typeof jobInput>;

export const checkRestoreJob = defineJobKind({
  kind: 'CHECK_RESTORE',
  input: jobInput,
  action: 'backup.restore',
  audit: 'backup.check-restore',
  isChore: true,
  target: ({ restoreId: id, backupName, backupGivenName }: CheckInput) =>
    restoreTarget({ id, backupName, backupGivenName }),
  run: runCheckRestore,
  onEnd: endCheck,
});

/** What a person saw before they applied a restore. */
export type Seen = NetworkRead & Pick<Compare, 'tables'>;

/** Asks, in the swap's transaction, for the check of what it did against what the person saw. */
export async function enqueueCheckRestore(
  db: SqlRunner,
  restore: Pick<Restore, 'id' | 'backupName' | 'backupGivenName'>,
  { seen, replaced, epoch }: { seen: Seen; replaced: string; epoch: bigint },
): Promise<void> {
  if (!seen.toCreatedAt || !seen.toSnapshot) return;
  await enqueueJob(db, checkRestoreJob, {
    input: {
      restoreId: restore.id,
      backupName: restore.backupName,
      backupGivenName: (restore.backupGivenName ?? null) as CheckInput['backupGivenName'],
      replaced,
      epoch: String(epoch),
      read: { at: seen.toCreatedAt.toISOString(), snapshot: seen.toSnapshot },
      announced: announcedBy(seen),
    },
    requestedBy: systemActor,
  });
}

function announcedBy({ tables }: Seen): Announced[] {
  const compared = (tables ?? []) as unknown as readonly { counts: Announced }[];
  return compared.map(({ counts: { table, added, changed, removed } }) => ({
    ...{ table, added, changed, removed },
  }));
}

/**
 * The job: counts in PostgreSQL how the network of now differs from the one that was replaced, and compares that with
 * what the preview said. The preview came from two backups, so this finds a fault on either way. Accounts are left out:
 * people go on signing in. Where people changed the network since, a difference says nothing. Throws RESTORE_DIFFERS.
 */
async function runCheckRestore(server: Server, run: JobRun<CheckInput>): Promise<void> {
  const { restoreId } = run.input;
  run.report('checking', 0, 0, 'steps');
  const { verdict, table } = await look(server, run);
  if (verdict === 'DIFFERS')
    throw new FiberkeepError('RESTORE_DIFFERS', { reason: 'unlikePreview', params: { table } });
  await run.commit({ restoreId }, async (tx) => {
    if (verdict === 'AS_ANNOUNCED') await markChecked(tx, restoreId, true);
  });
}

interface Look {
  readonly verdict: 'AS_ANNOUNCED' | 'DIFFERS' | 'UNKNOWN';
  /** The first one that is not as announced. */
  readonly table: string;
}

const UNKNOWN: Look = { verdict: 'UNKNOWN', table: '' };

/** UNKNOWN also where the network was swapped since. */
async function look(server: Server, { input, signal }: JobRun<CheckInput>): Promise<Look> {
  const isSwapped = async () => String(await plantEpoch(server.vault)) !== input.epoch;
  const client = await server.connect();
  const abort = () => client.connection.stream.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const found = await lookIn(client, input);
    await client.query('COMMIT');
    // Each statement looks names up again: after a swap they mean another schema.
    return (await isSwapped()) ? UNKNOWN : found;
  } catch (cause) {
    signal.throwIfAborted();
    if (await isSwapped()) return UNKNOWN;
    throw cause;
  } finally {
    signal.removeEventListener('abort', abort);
    await client.end().catch(() => {});
  }
}

async function lookIn(client: ClientBase, input: CheckInput): Promise<Look> {
  const db = sqlRunnerOn(client);
  if (String(await plantEpoch(db)) !== input.epoch) return UNKNOWN;
  const counted = await countDifferences(client, { before: PLANT, after: input.replaced });
  const differing = counted.find(
    (counts) => !accountTables.has(counts.table) && !isAnnounced(counts, input.announced),
  );
  if (!differing) return { verdict: 'AS_ANNOUNCED', table: '' };
  const read = { toCreatedAt: new Date(input.read.at), toSnapshot: input.read.snapshot };
  const changes = await changesUnseen(db, read, { swaps: false });
  return changes > 0 ? UNKNOWN : { verdict: 'DIFFERS', table: differing.table };
}

function isAnnounced(found: Announced, announced: readonly Announced[]): boolean {
  const said = announced.find(({ table }) => table === found.table);
  return (
    found.added === (said?.added ?? 0) &&
    found.changed === (said?.changed ?? 0) &&
    found.removed === (said?.removed ?? 0)
  );
}

async function endCheck(
  tx: VaultTransaction,
  { input, outcome }: EndedJob<CheckInput>,
): Promise<void> {
  if (outcome.status === 'FAILED' && outcome.failure.code === 'RESTORE_DIFFERS')
    await markChecked(tx, input.restoreId, false);
}
