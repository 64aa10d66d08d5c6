import { createHash } from 'node:crypto';
import { readdir, utimes } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { headObjects, sumsObject } from '#engine/archive/write/stored-head.ts';
import { readManifest, readTable } from '#engine/backup/read.ts';
import { chunkObject } from '#engine/chunks/chunk.ts';
import type { ManifestTable } from '#engine/ports.ts';
import { findDamage } from '#engine/restore/find-damage.ts';
import type { Backup } from '#generated/vault/client.ts';
import { requestSweep } from '#services/backups/sweep-chunks.ts';
import { housekeepCompares, UNUSED_MS } from '#services/compare/housekeep-compares.ts';
import { discardRestore } from '#services/restores/discard-restore.ts';
import { sweepRowMaps } from '#services/row-maps/row-maps.ts';
import { copyDigest } from '#testing/backups.ts';
import { may, type Plant, type World } from './world.ts';

const DAYS_AGO = new Date(Date.now() - 3 * 24 * 60 * 60 * 1000);

/**
 * Asserts what must hold after any fault, once a worker has run again. The plant is one of `plants`, every backup
 * reads back, and the newest can be staged. Nothing is half made, and nothing is left over.
 */
export async function assertWhole(world: World, ...plants: Plant[]): Promise<void> {
  expect(plants).toContainEqual(await world.plant());
  await assertJobsEnded(world);
  await assertSchemasClaimed(world);
  const backups = await world.server.vault.backup.findMany({ orderBy: { createdAt: 'desc' } });
  for (const backup of backups) await assertReadsBack(world, backup);
  if (backups[0]) await assertStages(world, backups[0]);
  await assertNoGarbage(world);
}

async function assertJobsEnded({ server }: World): Promise<void> {
  const { rows } = await server.pool.query(
    `SELECT 'job ' || status AS held FROM vault.job WHERE ended_at IS NULL OR status IN ('QUEUED', 'RUNNING')
      UNION ALL SELECT 'pin' FROM vault.chunk_pin
      UNION ALL SELECT 'plant' FROM vault.plant_state WHERE holder_job_id IS NOT NULL
      UNION ALL SELECT 'restore ' || status FROM vault.restore WHERE status = 'STAGING'`,
  );
  expect(rows).toEqual([]);
}

async function assertSchemasClaimed({ server }: World): Promise<void> {
  const { rows } = await server.pool.query<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace WHERE nspname ~ '^plant_' ORDER BY 1`,
  );
  const claims = await server.pool.query<{ name: string }>(
    `SELECT stage_schema AS name FROM vault.restore WHERE status = 'STAGED'
      UNION SELECT schema FROM vault.kept_plant WHERE gone_at IS NULL ORDER BY 1`,
  );
  expect(rows).toEqual(claims.rows);
  const lacking = await server.vault.keptPlant.count({
    where: { goneAt: null, safetyBackupId: null },
  });
  expect(lacking).toBe(0);
}

/** Asserts that nothing of compares and bring backs is left once the compares are dropped, and that all is whole. */
export async function assertNothingOfCompares(world: World, plant: Plant): Promise<void> {
  const { vault, pool } = world.server;
  const lastUsedAt = new Date(Date.now() - UNUSED_MS - 1);
  await vault.compare.updateMany({ data: { lastUsedAt } });
  await housekeepCompares(world.server);
  const { rows } = await pool.query(
    `SELECT nspname FROM pg_namespace WHERE nspname ~ '^(compare|changes)_'
      UNION ALL SELECT status FROM vault.compare
      UNION ALL SELECT status FROM vault.backup WHERE status <> 'READY'
      UNION ALL SELECT status FROM vault.change_set WHERE status = 'PREPARING'`,
  );
  expect(rows).toEqual([]);
  await assertWhole(world, plant);
}

async function assertReadsBack({ server }: World, backup: Backup): Promise<void> {
  expect(backup.status).toBe('READY');
  const { store, keys } = server;
  const found = await findDamage({
    store,
    keys,
    manifest: await readManifest(store, keys, backup.manifestObject),
    report: () => {},
    signal: new AbortController().signal,
  });
  expect(found.problems).toEqual([]);
  expect(found.files).toBe(backup.fileCount);
}

/** Asserts that the stage holds the rows of the backup, table by table. */
async function assertStages(world: World, backup: Backup): Promise<void> {
  const { server } = world;
  const restore = await world.stage(backup);
  const { tables } = await readManifest(server.store, server.keys, backup.manifestObject);
  await world.sql(async (client) => {
    for (const table of tables) {
      const staged = await copyDigest(client, restore.stageSchema, table.name);
      expect(staged, table.name).toBe(await textDigest(world, table));
    }
  });
  await discardRestore(server, await may(server, 'backup.restore'), restore.id);
  await assertSchemasClaimed(world);
}

/** The digest of a table's text. Where the table was not read whole, its manifest has none. */
export async function textDigest({ server }: World, table: ManifestTable): Promise<string> {
  if (table.sha256 !== null) return table.sha256;
  const hash = createHash('sha256');
  for await (const piece of readTable(server.store, server.keys, table)) hash.update(piece);
  return hash.digest('hex');
}

/** Runs housekeeping, the daily sweep, and the hourly one of row maps. */
async function assertNoGarbage(world: World): Promise<void> {
  const { server } = world;
  const unfinished = await server.vault.chunk.count({ where: { state: { not: 'STORED' } } });
  expect(unfinished).toBe(0);
  await makeOld(world);
  await requestSweep(server);
  await world.settle();
  await sweepRowMaps(server);
  const chunks = await server.vault.chunk.findMany();
  const backups = await server.vault.backup.findMany();
  const known = chunks.map(({ id, generation }) =>
    chunkObject({ id: Buffer.from(id).toString('hex'), generation }),
  );
  known.push(...backups.map(({ manifestObject }) => manifestObject));
  const heads = await server.vault.archiveHead.findMany({ where: { status: 'READY' } });
  known.push(...heads.flatMap(({ object, bytes }) => headObjects(object, Number(bytes))));
  const maps = await server.vault.rowMap.findMany();
  known.push(...maps.map(({ object }) => object));
  // They exist only once the archive's digest has been computed.
  const sums = new Set(heads.map(({ object }) => sumsObject(object)));
  const found = (await objects(world)).filter((name) => !sums.has(name));
  expect(found).toEqual(known.sort());
}

/** Makes the last sweep and the leftovers of broken writes look days old. */
async function makeOld(world: World): Promise<void> {
  await world.server.pool.query(
    `UPDATE vault.job SET started_at = $1, ended_at = $1 WHERE kind = 'SWEEP'`,
    [DAYS_AGO],
  );
  for (const name of await objects(world))
    if (name.endsWith('.partial'))
      await utimes(path.join(vaultOf(world), name), DAYS_AGO, DAYS_AGO);
}

async function objects(world: World): Promise<string[]> {
  if (world.server.config.vault) return objectsInBucket(world);
  const entries = await readdir(vaultOf(world), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(vaultOf(world), path.join(entry.parentPath, entry.name)))
    .sort();
}

/** Uploads and files of posts have tests of their own. */
async function objectsInBucket({ server }: World): Promise<string[]> {
  const found: string[] = [];
  for (const folder of ['chunks/', 'manifests/', 'heads/', 'maps/'])
    for await (const { name } of server.store.list(folder)) found.push(name);
  return found.sort();
}

function vaultOf({ env }: World): string {
  return path.join(env.DATA_DIR ?? '', 'vault');
}
