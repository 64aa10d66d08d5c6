import { z } from 'zod';
import { compareBackups } from '#engine/compare/compare.ts';
import type { StructureVersion } from '#engine/ports.ts';
import { dropWithin } from '#engine/postgres/side-schema.ts';
import { sameStructure } from '#engine/restore/structure.ts';
import type { Backup, Job } from '#generated/vault/client.ts';
import { defineJobKind, type JobRun } from '#jobs/kinds.ts';
import { enqueueJob } from '#jobs/queue.ts';
import { currentStructure } from '#prisma/migrate.ts';
import type { VaultTransaction } from '#vault/client.ts';
import {
  backupInput,
  backupInputFields,
  inputTarget,
  type NamedBackup,
} from '../backups/backup-fields.ts';
import { manifestOf } from '../backups/backup-queries.ts';
import { findReadyBackup } from '../backups/backup-rows.ts';
import { namesOfRows } from '../compare/change-rows.ts';
import { whileRoom } from '../disk-room.ts';
import { abandonedJobSchemas, jobSchema } from '../job-schema-rows.ts';
import { notifyOfUnusualChanges } from '../notifications/notify.ts';
import { systemActor } from '../permit.ts';
import { dropSchemas } from '../restores/discard-restore.ts';
import type { Server } from '../server.ts';
import { type Anomaly, findAnomaly } from './anomaly.ts';
import { type ChangeEntry, sumOf } from './backup-changes.ts';
import { countEntries } from './change-entry-rows.ts';
import { changesBefore, countedSince, setChanges, wasRestoredBetween } from './changes-rows.ts';

const SCHEMA_PREFIX = 'changes_';
const DROP_TIMEOUT_MS = 10_000;

export const countChangesJob = defineJobKind({
  kind: 'COUNT_CHANGES',
  input: z.strictObject(backupInputFields),
  action: 'backup.create',
  audit: 'backup.count-changes',
  isChore: true,
  target: inputTarget,
  run: runCountChanges,
});

/** Queues the count of what changed since the backup before, in the transaction that enters this one. */
export async function enqueueCountChanges(
  tx: VaultTransaction,
  backup: Backup,
): Promise<Job | null> {
  if (!(await comparable(tx, backup))) return null;
  return enqueueJob(tx, countChangesJob, { input: backupInput(backup), requestedBy: systemActor });
}

/** The backup before, where both have the same structure: rows of two structures differ all. */
async function comparable(db: VaultTransaction, backup: Backup): Promise<Backup | null> {
  const since = await countedSince(db, backup);
  return since && sameStructure(structureOf(since), structureOf(backup)) ? since : null;
}

const structureOf = ({ structure }: Backup) => structure as unknown as StructureVersion;

/**
 * The job: writes down what changed since the backup before it, by table and person. Nobody waits for it, and it
 * leaves the plant alone. What it cannot count stays unknown.
 */
export async function runCountChanges(server: Server, run: JobRun<NamedBackup>): Promise<void> {
  const backup = await findReadyBackup(server.vault, run.input.backupId);
  const since = backup && (await comparable(server.vault, backup));
  if (!backup || !since) return;
  // An update of the program came between: the two would have to be staged to be compared.
  if (!sameStructure(structureOf(backup), await currentStructure('plant'))) return;
  const entries = await countOrGone(server, run, backup, since);
  if (!entries) return;
  await run.commit({ backupId: backup.id }, async (tx) => {
    const anomaly = await anomalyIn(tx, entries, backup, since);
    if (!(await setChanges(tx, backup.id, { sinceId: since.id, entries, anomaly })) || !anomaly)
      return;
    await notifyOfUnusualChanges(tx, backup, { since: since.id, ...anomaly });
  });
}

/** A restore between the two explains whatever changed. */
async function anomalyIn(
  tx: VaultTransaction,
  entries: readonly ChangeEntry[],
  backup: Backup,
  since: Backup,
): Promise<Anomaly | null> {
  const anomaly = findAnomaly(sumOf(entries), await changesBefore(tx, backup));
  if (!anomaly || (await wasRestoredBetween(tx, since.createdAt, backup.createdAt))) return null;
  return anomaly;
}

/** Null where one of the two was deleted meanwhile. */
async function countOrGone(server: Server, run: JobRun, backup: Backup, since: Backup) {
  try {
    return await count(server, run, backup, since);
  } catch (thrown) {
    run.signal.throwIfAborted();
    const ready = async ({ id }: Backup) => findReadyBackup(server.vault, id);
    if ((await ready(backup)) && (await ready(since))) throw thrown;
    return null;
  }
}

async function count(
  server: Server,
  { job, report, signal: stop }: JobRun,
  backup: Backup,
  since: Backup,
): Promise<ChangeEntry[]> {
  const schema = jobSchema(SCHEMA_PREFIX, job);
  const { connect, store, keys } = server;
  const source = {
    before: await manifestOf(server, since.id),
    after: await manifestOf(server, backup.id),
    structure: await currentStructure('plant'),
  };
  let entries: Awaited<ReturnType<typeof countEntries>> = [];
  const tables = await whileRoom(server.room, stop, (signal) =>
    compareBackups({
      ...{ ...source, connect, schema, plant: 'plant', store, keys, report, signal },
      describe: async (client, compared) => {
        entries = await countEntries(client, compared, since.createdAt);
      },
    }),
  );
  const ids = entries.flatMap(({ person }) => person ?? []);
  const scratch = { schema, tables };
  const names = await namesOfRows(server, scratch, { table: 'user_account', side: 'after', ids });
  await dropWithin(connect, schema, DROP_TIMEOUT_MS);
  return entries.map((entry) => ({
    ...entry,
    name: (entry.person && names.get(entry.person)) ?? null,
  }));
}

/** Housekeeping: drops the schemas of counts that no job works in. Their names say the job. */
export function dropAbandonedCounts(server: Server): Promise<void> {
  const of = { prefix: SCHEMA_PREFIX, kinds: [countChangesJob.kind] };
  return dropSchemas(server, SCHEMA_PREFIX, (found) =>
    abandonedJobSchemas(server.vault, of, found),
  );
}
