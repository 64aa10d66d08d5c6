import { afterAll, beforeAll, expect, test } from 'vitest';
import { stagedSchema } from '#engine/compare/staged-sides.ts';
import type { Backup } from '#generated/vault/client.ts';
import { listBackups } from '#services/backups/backup-queries.ts';
import { createElement } from '#services/network/edit-element.ts';
import { permit } from '#services/permit.ts';
import { ANA, ana, openRestoreLab, type RestoreLab, RUI } from '#testing/restores.ts';
import {
  listChanges,
  listPlaces,
  peopleTotals,
  projectTotals,
  totalsOf,
} from './compare-queries.ts';
import { type Compare, findCompareRow } from './compare-rows.ts';
import { housekeepCompares, UNUSED_MS } from './housekeep-compares.ts';
import { permitCompare } from './permit-compare.ts';
import { requestCompare } from './request-compare.ts';

let lab: RestoreLab;
let before: Backup;

beforeAll(async () => {
  lab = await openRestoreLab();
  before = await lab.create('Before');
});
afterAll(() => lab?.[Symbol.asyncDispose]());

const may = () => permitCompare(lab.server, ana);

async function compare(from: Backup, to: Backup | null = null): Promise<Compare> {
  const asked = await requestCompare(lab.server, await may(), { from: from.id, to: to?.id });
  const job = await lab.worker.ended(asked.job.id);
  expect(job.status, JSON.stringify(job.error)).toBe('SUCCEEDED');
  const row = await findCompareRow(lab.server.vault, asked.compare.id);
  if (!row) throw new Error('no compare');
  return row;
}

test('what people did since is listed in their words, under their names', async () => {
  const { plant } = lab.server;
  const removed = await plant.pole.findFirstOrThrow({
    // Its posts would go with it.
    where: { boxes: { some: {} }, posts: { none: {} } },
  });
  const renamed = await plant.pole.findFirstOrThrow({ where: { id: { not: removed.id } } });
  const at = new Date();
  await plant.pole.update({
    where: { id: renamed.id },
    data: { name: 'Renamed', updatedById: ANA, updatedAt: at },
  });
  const { id: addedId } = await plant.pole.create({
    data: { name: 'Açaí', lat: -5, lng: -40, createdById: ANA, projectId: renamed.projectId },
  });

  // The database empties their reference.
  const boxes = await plant.box.count({ where: { poleId: removed.id } });
  await plant.pole.delete({ where: { id: removed.id } });

  const made = await compare(before);
  expect(made).toMatchObject({ status: 'READY', toNow: true });
  expect(totalsOf(await may(), made)?.map(({ counts }) => counts)).toEqual([
    { table: 'box', added: 0, changed: boxes, removed: 0 },
    { table: 'pole', added: 1, changed: 1, removed: 1 },
  ]);
  const onBoxes = await listChanges(lab.server, await may(), made, { filter: { tables: ['box'] } });
  expect(onBoxes?.totalCount).toBe(boxes);
  expect(onBoxes?.items[0]?.fields).toMatchObject([
    { name: 'pole_id', before: removed.id, beforeName: removed.name, after: null, afterName: null },
  ]);
  const page = await listChanges(lab.server, await may(), made, { filter: { tables: ['pole'] } });
  expect(page?.totalCount).toBe(3);
  const byKind = new Map(page?.items.map((change) => [change.kind, change]));
  expect(byKind.get('ADDED')).toMatchObject({
    id: addedId,
    label: 'Açaí',
    lat: -5,
    lng: -40,
    before: null,
    changedBy: { id: ANA },
  });
  expect(byKind.get('CHANGED')).toMatchObject({
    id: renamed.id,
    fields: [{ name: 'name', before: renamed.name, after: 'Renamed', hidden: false }],
    changedBy: { id: ANA },
    changedAt: at,
  });
  expect(byKind.get('REMOVED')).toMatchObject({ id: removed.id, label: removed.name, after: null });
  expect(byKind.get('REMOVED')?.project?.name).toEqual(expect.any(String));

  const found = await listChanges(lab.server, await may(), made, { filter: { search: 'ACAI' } });
  expect(found?.items.map(({ id }) => id)).toEqual([addedId]);
  const places = await listPlaces(lab.server, await may(), made, { kinds: ['ADDED'] });
  expect(places).toEqual([
    { id: addedId, kind: 'ADDED', table: 'pole', lat: -5, lng: -40, count: 1 },
  ]);
  expect(await projectTotals(lab.server, await may(), made)).toHaveLength(1);
  const people = await peopleTotals(lab.server, await may(), made);
  expect(people?.find(({ id }) => id === ANA)).toMatchObject({
    added: 1,
    changed: 1,
    removed: 0,
    days: [{ added: 1, changed: 1, removed: 0 }],
  });
});

test('a compare that nobody looks at is dropped after an hour, with its schema and the backup of now', async () => {
  const made = await compare(before);
  const listed = await listBackups(lab.server, await lab.may('backup.view'), {});
  expect(listed.items.map(({ id }) => id)).toEqual([before.id]);
  // A side that was staged and not dropped, when the compare was made.
  await lab.server.pool.query(`CREATE SCHEMA ${stagedSchema(made.scratchSchema, 'before')}`);
  await housekeepCompares(lab.server);
  expect(await lab.schemas(made.scratchSchema)).toEqual([made.scratchSchema]);
  await lab.server.vault.compare.updateMany({
    data: { lastUsedAt: new Date(Date.now() - UNUSED_MS - 1) },
  });
  await housekeepCompares(lab.server);
  expect(await lab.schemas('compare_')).toEqual([]);
  expect(await lab.server.vault.backup.count({ where: { status: 'NOW' } })).toBe(0);
  expect(await lab.server.vault.compare.count()).toBe(0);
});

test('a compare with now is shared until somebody changes the network', async () => {
  const { server } = lab;
  const ask = async () => requestCompare(server, await may(), { from: before.id });
  const first = await ask();
  expect((await ask()).compare.id).toBe(first.compare.id);
  await lab.worker.ended(first.job.id);
  expect((await ask()).compare.id).toBe(first.compare.id);
  const mayEdit = await permit(server, ana, 'network.edit');
  const input = { name: 'Made since' };
  const { id } = await createElement(server, mayEdit, null, 'project', input);
  const next = await ask();
  expect(next.compare.id).not.toBe(first.compare.id);
  await lab.worker.ended(next.job.id);
  const row = await findCompareRow(server.vault, next.compare.id);
  const filter = { tables: ['project'] };
  const page = row && (await listChanges(server, await may(), row, { filter }));
  expect(page?.items.map((change) => change.id)).toEqual([id]);
});

test('accounts made or changed since are no part of a compare with now: a restore leaves them', async () => {
  const { plant } = lab.server;
  const earlier = await lab.create('Before the new account');
  const role = await plant.role.create({ data: { name: 'New', actions: [] } });
  const account = { name: 'Caio', email: 'caio@example.net', passwordHash: '', roleId: role.id };
  await plant.user.create({ data: account });
  await plant.user.update({ where: { id: RUI }, data: { name: 'Rui, renamed' } });
  const withNow = await compare(earlier);
  expect(totalsOf(await may(), withNow)).toEqual([]);
  expect((await listChanges(lab.server, await may(), withNow, {}))?.totalCount).toBe(0);
  const later = await lab.create('With the new account');
  const both = await compare(earlier, later);
  expect(totalsOf(await may(), both)?.map(({ counts }) => counts)).toEqual([
    { table: 'role', added: 1, changed: 0, removed: 0 },
    { table: 'user_account', added: 1, changed: 1, removed: 0 },
  ]);
});
