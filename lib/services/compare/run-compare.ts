import { randomBytes } from 'node:crypto';
import { type ComparedTable, compareBackups } from '#engine/compare/compare.ts';
import type { Manifest, StructureVersion } from '#engine/ports.ts';
import { dropWithin } from '#engine/postgres/side-schema.ts';
import { FiberkeepError } from '#errors';
import type { JobRun } from '#jobs/kinds.ts';
import { currentStructure, migrate } from '#prisma/migrate.ts';
import { manifestOf } from '../backups/backup-queries.ts';
import { insertBackup } from '../backups/backup-rows.ts';
import { markAnomaliesSeen } from '../changes/changes-rows.ts';
import { whileRoom } from '../disk-room.ts';
import { noteDifferingRows } from '../row-maps/row-maps.ts';
import { scheduleZone } from '../schedule/schedule-zone.ts';
import type { Server } from '../server.ts';
import type { CompareInput } from './compare-input.ts';
import { type Compare, claimScratchSchema, findCompareRow, markCompared } from './compare-rows.ts';
import { describeChanges } from './describe-rows.ts';
import { accountTables } from './network-words.ts';
import { makeNowBackup } from './now-backup.ts';

const DROP_TIMEOUT_MS = 10_000;

/** The job: makes a backup of now where one is asked for, and the scratch schema of what differs. */
export async function runCompare(server: Server, run: JobRun<CompareInput>): Promise<void> {
  const { compareId, backupId, toBackupId } = run.input;
  const compare = await findCompareRow(server.vault, compareId);
  if (!compare) throw new FiberkeepError('CANCELLED');
  const before = await manifestOf(server, backupId);
  const now = toBackupId === null ? await makeNowBackup(server, run, compare) : null;
  const after = now ? now.created.manifest : await manifestOf(server, toBackupId ?? '');
  const schema = await claimSchema(server, run, compareId);
  const structure = await currentStructure('plant');
  const tables = await whileRoom(server.room, run.signal, (signal) =>
    findChanges(server, { ...run, signal }, compare, { before, after, schema, structure }),
  );
  try {
    await run.commit({ compareId }, async (tx) => {
      const made = now
        ? await insertBackup(tx, { ...now.row, status: 'NOW', jobId: run.job.id })
        : null;
      // The newest listed backup keeps its row map: this one may be gone in an hour.
      if (now && made) await noteDifferingRows(tx, made, now.created.reads);
      const read = now && made && { ...made, seen: now.created.seen };
      if (!(await markCompared(tx, compareId, tables, read))) throw new FiberkeepError('CANCELLED');
      const until = made?.createdAt ?? compare.toCreatedAt;
      if (until) await markAnomaliesSeen(tx, compare.fromCreatedAt, until);
    });
  } catch (cause) {
    await dropUnlessReady(server, compareId, schema);
    throw cause;
  }
}

/** A new schema for each attempt, so that a worker that was thought dead cannot write into it. */
async function claimSchema(
  server: Server,
  { job }: Pick<JobRun, 'job'>,
  compareId: string,
): Promise<string> {
  const schema = `compare_${randomBytes(8).toString('hex')}`;
  if (await claimScratchSchema(server.vault, compareId, job, schema)) return schema;
  throw new FiberkeepError('LEASE_LOST');
}

interface CompareSource {
  readonly before: Manifest;
  readonly after: Manifest;
  readonly schema: string;
  readonly structure: StructureVersion;
}

async function findChanges(
  server: Server,
  { report, signal }: Pick<JobRun, 'report' | 'signal'>,
  { fromCreatedAt, toNow }: Compare,
  source: CompareSource,
): Promise<ComparedTable[]> {
  const timeZone = await scheduleZone(server);
  const counted = (tables: readonly ComparedTable[]) =>
    toNow ? tables.map(asRestored) : [...tables];
  const tables = await compareBackups({
    ...source,
    connect: server.connect,
    plant: 'plant',
    migrate: async (into, through) =>
      void (await migrate(server.databaseUrl, 'plant', into, through)),
    store: server.store,
    keys: server.keys,
    describe: (client, tables) =>
      describeChanges(client, counted(tables), { since: fromCreatedAt, timeZone }),
    report,
    signal,
  });
  return counted(tables);
}

/** A restore leaves accounts and roles of today as they are, so only those that come back are counted. */
function asRestored(table: ComparedTable): ComparedTable {
  if (!accountTables.has(table.name)) return table;
  return { ...table, counts: { ...table.counts, added: 0, changed: 0 } };
}

/**
 * Drops the scratch schema unless the row says that it is ready: the connection may have been lost during the commit.
 * Where the row cannot be read either, housekeeping drops the schema once nobody claims it.
 */
async function dropUnlessReady(server: Server, id: string, schema: string): Promise<void> {
  try {
    const compare = await findCompareRow(server.vault, id);
    if (compare?.status === 'READY' && compare.scratchSchema === schema) return;
    await dropWithin(server.connect, schema, DROP_TIMEOUT_MS);
  } catch {}
}
