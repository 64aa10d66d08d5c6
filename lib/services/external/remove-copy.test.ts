import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type DestinationLab, openDestinationLab } from '#testing/destinations.ts';
import type { DestinationView } from './destination-queries.ts';
import { keepCopy, removeCopy } from './remove-copy.ts';
import { enqueueTend } from './tend-destination.ts';

const DAY_AND_MORE = "interval '25 hours'";

async function tend(lab: DestinationLab, { id }: DestinationView) {
  await lab.server.vault.$transaction((tx) => enqueueTend(tx, id));
  const job = await lab.server.vault.job.findFirstOrThrow({
    where: { kind: 'TEND_DESTINATION', endedAt: null },
  });
  expect(await lab.worker.ended(job.id)).toMatchObject({ status: 'SUCCEEDED', error: null });
}

const statuses = async (lab: DestinationLab, to: DestinationView) =>
  Object.fromEntries((await lab.view(to)).copies.map(({ name, status }) => [name, status]));

async function graceIsOver({ server }: DestinationLab): Promise<void> {
  for (const table of ['external_copy', 'external_object'])
    await server.pool.query(
      `UPDATE vault.${table} SET condemned_at = condemned_at - ${DAY_AND_MORE}`,
    );
}

/** Two that were made and sent by hand; the first is pinned. */
async function sendTwo(lab: DestinationLab) {
  const to = await lab.addDestination();
  const first = await lab.create('First');
  await lab.addPole('of the second');
  const second = await lab.create('Second');
  for (const backup of [first, second]) await lab.sent(to, backup);
  await lab.server.vault.backup.update({ where: { id: first.id }, data: { pinned: true } });
  const ids = (of: typeof first) => ({ backupId: of.id, destinationId: to.id });
  return { to, first: ids(first), second: ids(second) };
}

test('a copy that was sent by hand and is pinned goes a day after somebody removed it', async () => {
  await using lab = await openDestinationLab();
  const { to, first } = await sendTwo(lab);
  await tend(lab, to);
  expect(await statuses(lab, to)).toEqual({ First: 'HERE', Second: 'HERE' });
  await removeCopy(lab.server, await lab.may('backup.delete'), first);
  await tend(lab, to);
  expect(await statuses(lab, to)).toEqual({ First: 'CONDEMNED', Second: 'HERE' });
  await graceIsOver(lab);
  await tend(lab, to);
  expect(await statuses(lab, to)).toEqual({ Second: 'HERE' });
  expect(await readdir(path.join(lab.folder, 'manifests'))).toHaveLength(1);
  const audited = await lab.server.vault.auditEvent.findFirst({
    where: { action: 'backup.remove-copy' },
  });
  expect(audited).toMatchObject({ targetName: 'First', detail: { destination: 'NAS' } });
});

test('a removal is taken back within the day', async () => {
  await using lab = await openDestinationLab();
  const { to, first } = await sendTwo(lab);
  await removeCopy(lab.server, await lab.may('backup.delete'), first);
  await keepCopy(lab.server, await lab.may('backup.delete'), first);
  await graceIsOver(lab);
  await tend(lab, to);
  expect(await statuses(lab, to)).toEqual({ First: 'HERE', Second: 'HERE' });
});

test('the backup that a destination should have is not removed there: it would come again', async () => {
  await using lab = await openDestinationLab();
  const { second } = await sendTwo(lab);
  await expect(
    removeCopy(lab.server, await lab.may('backup.delete'), second),
  ).rejects.toMatchObject({ code: 'CONFLICT', reason: 'copyIsWanted' });
});
