import type { ClientBase } from 'pg';
import { structureOf } from '#engine/postgres/introspect.ts';
import { dropSideSchema } from '#engine/postgres/side-schema.ts';
import { sameStructure } from '#engine/restore/structure.ts';
import { currentStructure, migrate } from '#prisma/migrate.ts';
import { recordAudit, restoreTarget } from '#vault/audit.ts';
import { sqlRunnerOn } from '#vault/client.ts';
import { lockPlantState } from '#vault/plant-state.ts';
import { inTransaction } from '#vault/transaction.ts';
import { systemActor } from '../permit.ts';
import type { Server } from '../server.ts';
import {
  discardOldStages,
  dropAbandonedRestoreTests,
  dropUnclaimedStages,
} from './discard-restore.ts';
import { listKeptPlants, lockDroppablePlantSql, markKeptPlantGoneSql } from './kept-plant-rows.ts';
import { requeueSafetyBackups } from './safety-backup.ts';

const DROP_TIMEOUT_MS = 2_000;

/**
 * Drops the schemas beside the plant that are no longer needed. Sees to it that every kept plant gets its SAFETY
 * backup. Any number of workers may do it at the same time. Does each chore even when another
 * fails, and throws the first failure at the end.
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

/** Drops plants whose undo window is over and whose SAFETY backup is tested. Until then nothing replaces them. */
async function dropKeptPlants(server: Server): Promise<void> {
  for (const { schema } of await listKeptPlants(server.vault))
    await inTransaction(server.pool, (client) => dropKeptPlant(client, schema));
}

async function dropKeptPlant(client: ClientBase, schema: string): Promise<void> {
  await client.query(`SET LOCAL lock_timeout = ${DROP_TIMEOUT_MS}`);
  const restore = await lockDroppablePlantSql(client, schema);
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
 * Brings the kept plants to today's structure, so that undo stays possible across an upgrade. No apply or
 * undo runs meanwhile. Answers the schemas that could not be migrated: undo refuses those, but their SAFETY
 * backups can be restored.
 */
export async function migrateKeptPlants(server: Server): Promise<string[]> {
  const structure = await currentStructure('plant');
  const left: string[] = [];
  const client = await server.connect();
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
