import { afterEach, beforeEach, expect, test } from 'vitest';
import { readRowMap, writeRowMap } from '#engine/rowmap/row-map.ts';
import type { Backup } from '#generated/vault/client.ts';
import { openRestoreLab, type RestoreLab } from '#testing/restores.ts';
import { requestBackup } from '../backups/create-backup.ts';
import { findHealth } from '../health/health.ts';
import { acknowledgeRowsDiffer } from './acknowledge.ts';
import { findRowMap, schemaOidOf } from './row-map-rows.ts';
import { sweepRowMaps } from './row-maps.ts';

let lab: RestoreLab;
beforeEach(async () => {
  lab = await openRestoreLab();
});
afterEach(() => lab[Symbol.asyncDispose]());

/** How many tables a new backup read whole. */
async function wholeTables(options: { readEverything?: boolean } = {}): Promise<number> {
  const input = { name: 'Backup', comment: '', includeFiles: false, ...options };
  const asked = await requestBackup(lab.server, await lab.may('backup.create'), input);
  const job = await lab.worker.ended(asked.id);
  expect(job.status, JSON.stringify(job.error)).toBe('SUCCEEDED');
  return Number((job.result as { tablesReadWhole: string }).tablesReadWhole);
}

async function mapOf(schema = 'plant') {
  const oid = await schemaOidOf(lab.server.vault, schema);
  return oid === null ? null : findRowMap(lab.server.vault, oid);
}

async function mapsInStore(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of lab.server.store.list('maps/')) names.push(name);
  return names;
}

test('a backup reads by the map of the one before, unless it is asked to read everything', async () => {
  expect(await wholeTables()).toBeGreaterThan(5);
  expect(await wholeTables()).toBe(0);
  await lab.addPole('one more');
  expect(await wholeTables()).toBe(0);
  expect(await wholeTables({ readEverything: true })).toBeGreaterThan(5);
  expect(await wholeTables()).toBe(0);
});

test('the first backups after an apply and after an undo read by maps too', async () => {
  const backup = await lab.create('Monday');
  await lab.addPole('after it');
  const applied = await lab.apply(await lab.stage(backup));
  expect(await wholeTables()).toBe(0);
  await lab.safetyBackup(applied);
  await lab.undo(applied);
  expect(await wholeTables()).toBe(0);
});

test('only the newest map of a plant is kept, and none of a backup that is gone', async () => {
  await wholeTables();
  await wholeTables();
  expect(await mapsInStore()).toHaveLength(2);
  await sweepRowMaps(lab.server);
  const map = await mapOf();
  expect(await mapsInStore()).toEqual([map?.object]);
  await lab.server.vault.backup.update({
    where: { id: map?.backupId ?? '' },
    data: { status: 'DELETING' },
  });
  expect(await mapOf()).toBe(null);
  await sweepRowMaps(lab.server);
  expect(await mapsInStore()).toEqual([]);
});

test('rows that changed without a trace alarm people, and maps rest until somebody looked', async () => {
  await wholeTables();
  await lieInMap();
  expect(await wholeTables()).toBe(1);
  const differing = async () => {
    const { problems } = await findHealth(lab.server, await lab.may('backup.view'));
    return problems.filter(({ code }) => code === 'ROWS_DIFFER');
  };
  expect(await differing()).toMatchObject([
    { level: 'ALARM', summary: { reason: 'rowsChangedWithoutTrace', params: { tables: 'pole' } } },
  ]);
  expect(await wholeTables()).toBeGreaterThan(5);
  await acknowledgeRowsDiffer(lab.server, await lab.may('backup.create'));
  expect(await differing()).toEqual([]);
  expect(await wholeTables()).toBe(0);
  const audited = await lab.server.vault.auditEvent.count({
    where: { action: 'backup.rows-differ.acknowledge' },
  });
  expect(audited).toBe(1);
});

/** Makes the map of the poles be of another rope of as many rows: the one of the backup before. */
async function lieInMap(): Promise<void> {
  const { store, keys, vault } = lab.server;
  const before = await newestBackup();
  await lab.server.pool.query(`UPDATE plant.pole SET address = 'another' WHERE true`);
  await wholeTables();
  const map = await mapOf();
  const honest = map && (await readRowMap(store, keys, map.object));
  if (!map || !honest) throw new Error('There is no map');
  const { readManifest } = await import('#engine/backup/read.ts');
  const old = await readManifest(store, keys, before.manifestObject);
  const digest = old.tables.find(({ name }) => name === 'pole')?.digest ?? '';
  const tables = honest.tables.map((table) =>
    table.identity.name === 'pole' ? { ...table, rope: digest } : table,
  );
  await writeRowMap(store, keys, map.object, { ...honest, tables });
  await vault.rowMap.update({
    where: { schemaOid: map.schemaOid },
    data: { backupId: before.id },
  });
  // Every share is compared once in so many backups: this is the one that has the first blocks.
  await vault.rowMapTrust.update({ where: { id: 1 }, data: { turn: 99 } });
}

function newestBackup(): Promise<Backup> {
  return lab.server.vault.backup.findFirstOrThrow({ orderBy: { createdAt: 'desc' } });
}
