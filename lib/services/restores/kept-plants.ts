import type { ClientBase } from 'pg';
import { structureOf } from '#engine/postgres/introspect.ts';
import { dropSideSchema, dropWithin, listSideSchemas } from '#engine/postgres/side-schema.ts';
import { sameStructure } from '#engine/restore/structure.ts';
import { publish } from '#events/channel.ts';
import { currentStructure, migrate } from '#prisma/migrate.ts';
import { recordAudit, restoreTarget } from '#vault/audit.ts';
import { sqlRunnerOn, type VaultTransaction } from '#vault/client.ts';
import { lockPlantState } from '#vault/plant-state.ts';
import { inTransaction } from '#vault/transaction.ts';
import { enqueueSafetyBackup } from '../backups/safety-backup.ts';
import { systemActor } from '../permit.ts';
import { abandonedRestoreTests } from '../restore-tests/restore-test-rows.ts';
import type { Server } from '../server.ts';
import { type KeptPlant, listKeptPlants, markKeptPlantGoneSql } from './kept-plant-rows.ts';
import type { Restore } from './restore-rows.ts';

const DROP_TIMEOUT_MS = 2_000;
/** A SAFETY backup that came to nothing is asked for again after this long: the disk may still be full. */
const TRY_AGAIN_MS = 10 * 60 * 1000;
/** One that its restore test found damaged is made anew, but not at once for ever: the disk may damage that one too. */
const MAKE_ANEW_MS = 6 * 60 * 60 * 1000;

/**
 * Drops what is not needed beside the plant any more, and sees to it that every kept plant gets its SAFETY
 * backup. Any number of workers may do it at the same time. Each chore is done even when another fails;
 * the first failure is thrown at the end.
 */
export async function housekeepKeptPlants(server: Server): Promise<void> {
  const done = [
    await attempt(() => discardOldStages(server)),
    await attempt(() => dropUnclaimedStages(server)),
    await attempt(() => dropAbandonedRestoreTests(server)),
    await attempt(() => requeueSafetyBackups(server)),
    await attempt(() => dropKeptPlants(server)),
  ];
  for (const chore of done) if (chore) throw chore.cause;
}

async function attempt(chore: () => Promise<void>): Promise<{ cause: unknown } | null> {
  return chore().then(
    () => null,
    (cause) => ({ cause }),
  );
}

async function discardOldStages(server: Server): Promise<void> {
  const old = { status: 'STAGED', goodUntil: { lte: new Date() } };
  const found = await server.vault.restore.findMany({ where: old });
  for (const restore of found)
    await server.vault.$transaction(async (tx) => {
      const { count } = await tx.restore.updateMany({
        where: { id: restore.id, ...old },
        data: { status: 'DISCARDED', endedAt: new Date() },
      });
      if (count === 0) return;
      await recordAudit(tx, {
        actor: systemActor,
        action: 'backup.stage.expire',
        target: restoreTarget(restore),
        outcome: 'DONE',
      });
      await publish(tx, { kind: 'RESTORES_CHANGED', id: restore.id });
    });
}

/** Stages are claimed before they are made: what is there and not claimed, nobody wants any more. */
async function dropUnclaimedStages(server: Server): Promise<void> {
  const client = await server.connect();
  client.on('error', () => {}); // a lost connection fails the statement at hand
  try {
    const schemas = await listSideSchemas(client, 'plant_stage_');
    const claims = await server.vault.restore.findMany({
      where: { status: { in: ['STAGING', 'STAGED'] }, stageSchema: { in: schemas } },
      select: { stageSchema: true },
    });
    const claimed = new Set(claims.map((restore) => restore.stageSchema));
    for (const schema of schemas)
      if (!claimed.has(schema)) await dropUnclaimed(server, client, schema);
  } finally {
    await client.end();
  }
}

/** The same for the stages of restore tests, whose names say which job they belong to. */
async function dropAbandonedRestoreTests(server: Server): Promise<void> {
  const client = await server.connect();
  client.on('error', () => {}); // a lost connection fails the statement at hand
  try {
    const schemas = await listSideSchemas(client, 'plant_test_');
    for (const schema of await abandonedRestoreTests(server.vault, schemas))
      await dropUnclaimed(server, client, schema);
  } finally {
    await client.end();
  }
}

/** A worker that stands still may hold the schema's tables for ever; its job has gone to another. */
async function dropUnclaimed(server: Server, client: ClientBase, schema: string): Promise<void> {
  try {
    await dropWithin(server.connect, schema, DROP_TIMEOUT_MS);
  } catch {
    await client.query(
      `SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a
        WHERE a.usename = current_user AND a.pid IN (
          SELECT l.pid FROM pg_catalog.pg_locks l
            JOIN pg_catalog.pg_class c ON c.oid = l.relation
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           WHERE l.granted AND n.nspname = $1)`,
      [schema],
    );
    await dropWithin(server.connect, schema, DROP_TIMEOUT_MS);
  }
}

/**
 * Whether a kept plant lacks its backup and nobody makes it. One deleted by hand counts as made until the
 * window ends, one found damaged for some hours.
 */
async function lacksBackup(tx: VaultTransaction, kept: KeptPlant): Promise<boolean> {
  if (kept.safetyBackupId) {
    const backup = await tx.backup.findFirst({
      where: { id: kept.safetyBackupId, status: 'READY' },
    });
    if (backup?.testFailedAt) return backup.testFailedAt < new Date(Date.now() - MAKE_ANEW_MS);
    return !backup && kept.keepUntil <= new Date();
  }
  const job = kept.safetyJobId
    ? await tx.job.findUnique({ where: { id: kept.safetyJobId } })
    : null;
  return !job || ['FAILED', 'CANCELLED', 'SUCCEEDED'].includes(job.status);
}

async function requeueSafetyBackups(server: Server): Promise<void> {
  const settled = new Date(Date.now() - TRY_AGAIN_MS);
  for (const kept of await listKeptPlants(server.vault)) {
    const job = kept.safetyJobId
      ? await server.vault.job.findUnique({ where: { id: kept.safetyJobId } })
      : null;
    if (!job?.endedAt || job.endedAt < settled) await requeueSafetyBackupOf(server, kept.schema);
  }
}

/** Asks again for the SAFETY backup of the plant that this restore replaced, if it has none and nobody makes it. */
export async function requeueSafetyBackup(server: Server, restoreId: string): Promise<void> {
  const kept = await server.vault.keptPlant.findFirst({
    where: { restoreId, replacedBy: 'APPLY', goneAt: null },
  });
  if (kept) await requeueSafetyBackupOf(server, kept.schema);
}

async function requeueSafetyBackupOf(server: Server, schema: string): Promise<void> {
  await server.vault.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT schema FROM vault.kept_plant WHERE schema = ${schema} FOR UPDATE`;
    const kept = await tx.keptPlant.findFirst({
      where: { schema, goneAt: null },
      include: { restore: true },
    });
    if (!kept || !(await lacksBackup(tx, kept))) return;
    const { restore, replacedBy } = kept;
    const asked = { actor: systemActor, restore, replacedBy };
    const safetyJobId = await enqueueSafetyBackup(tx, asked, schema);
    await tx.keptPlant.update({ where: { schema }, data: { safetyJobId, safetyBackupId: null } });
  });
}

/** Those whose window is over and whose SAFETY backup is tested: until then they are the only copy that surely comes back. */
async function dropKeptPlants(server: Server): Promise<void> {
  for (const { schema } of await listKeptPlants(server.vault)) {
    const client = await server.connect();
    client.on('error', () => {}); // a lost connection fails the statement at hand
    try {
      await inTransaction(client, () => dropKeptPlant(client, schema));
    } finally {
      await client.end();
    }
  }
}

async function dropKeptPlant(client: ClientBase, schema: string): Promise<void> {
  await client.query(`SET LOCAL lock_timeout = ${DROP_TIMEOUT_MS}`);
  const { rows } = await client.query<Pick<Restore, 'id' | 'backupName' | 'backupGivenName'>>(
    `SELECT r.id, r.backup_name AS "backupName", r.backup_given_name AS "backupGivenName"
       FROM vault.kept_plant k
       JOIN vault.restore r ON r.id = k.restore_id
       JOIN vault.backup b ON b.id = k.safety_backup_id AND b.status = 'READY'
        AND b.tested_at IS NOT NULL AND b.test_failed_at IS NULL
      WHERE k.schema = $1 AND k.gone_at IS NULL AND k.keep_until <= now()
        FOR UPDATE OF k FOR SHARE OF b`,
    [schema],
  );
  const restore = rows[0];
  if (!restore) return;
  await dropSideSchema(client, schema);
  await markKeptPlantGoneSql(client, schema);
  await recordAudit(sqlRunnerOn(client), {
    actor: systemActor,
    action: 'backup.kept-plant.drop',
    target: restoreTarget(restore),
    outcome: 'DONE',
  });
}

/**
 * Brings the kept plants to today's structure, so that undo stays possible across an upgrade; no apply and no
 * undo runs meanwhile. Answers the schemas that could not follow: undo refuses those, and their SAFETY backups
 * take its place.
 */
export async function migrateKeptPlants(server: Server): Promise<string[]> {
  const structure = await currentStructure('plant');
  const left: string[] = [];
  const client = await server.connect();
  client.on('error', () => {}); // a lost connection fails the statement at hand
  try {
    await inTransaction(client, async () => {
      await lockPlantState(client);
      for (const { schema } of await listKeptPlants(server.vault)) {
        if (sameStructure(await structureOf(client, schema), structure)) continue;
        await migrate(server.databaseUrl, 'plant', schema).catch(() => left.push(schema));
      }
    });
  } finally {
    await client.end();
  }
  return left;
}
