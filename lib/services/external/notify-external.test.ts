import { expect, test } from 'vitest';
import { FiberkeepError, failureOf } from '#errors';
import { type DestinationLab, openDestinationLab } from '#testing/destinations.ts';
import { authorColumns } from '#vault/actor.ts';
import { localActor } from '../permit.ts';
import type { DestinationView } from './destination-queries.ts';
import { lockDestination, nothingWrong, writeDestination } from './destination-rows.ts';
import { notifyFailing, notifyGood, notifyOverdue } from './notify-external.ts';

const away = failureOf(
  new FiberkeepError('DESTINATION_UNUSABLE', {
    reason: 'placeMissing',
    params: { place: 'file:///mnt' },
  }),
);
const by = authorColumns('createdBy', localActor('Ana'));
let minute = 0;

/** What was told, in order. */
async function told({ server }: DestinationLab): Promise<string[]> {
  const rows = await server.vault.notification.findMany({ orderBy: { id: 'asc' } });
  return rows.map(({ event }) => event);
}

async function tell(
  { server }: DestinationLab,
  { id }: DestinationView,
  what: 'failing' | 'overdue' | 'good' | 'still overdue',
): Promise<void> {
  await server.vault.$transaction(async (tx) => {
    const row = await lockDestination(tx, id);
    if (!row) throw new Error('no destination');
    const now = new Date(Date.UTC(2026, 10, 24, 12, minute++));
    if (what === 'failing') await notifyFailing(tx, { ...row, attempts: 5 }, away, now);
    else if (what === 'overdue') await notifyOverdue(tx, row, null, now);
    else {
      await notifyGood(tx, row, { isOverdue: what === 'still overdue' });
      await writeDestination(tx, id, nothingWrong);
    }
  });
}

test('failing and overdue are told once each, whichever comes first, and good again once', async () => {
  await using lab = await openDestinationLab();
  await lab.worker.stop();
  const to = await lab.addDestination();
  await lab.server.vault.webhook.create({
    data: { id: crypto.randomUUID(), url: 'https://192.0.2.1/', secret: Buffer.alloc(1), ...by },
  });
  await lab.server.vault.notificationSettings.create({
    data: {
      locale: 'en',
      mailTo: [],
      events: ['EXTERNAL_FAILED', 'EXTERNAL_OVERDUE', 'RECOVERED'],
    },
  });
  for (const what of ['failing', 'failing', 'overdue', 'overdue', 'failing'] as const)
    await tell(lab, to, what);
  expect(await told(lab)).toEqual(['EXTERNAL_FAILED', 'EXTERNAL_OVERDUE']);
  await tell(lab, to, 'still overdue');
  await tell(lab, to, 'overdue');
  expect(await told(lab)).toEqual(['EXTERNAL_FAILED', 'EXTERNAL_OVERDUE', 'RECOVERED']);
  await tell(lab, to, 'good');
  await tell(lab, to, 'good');
  expect((await told(lab)).slice(3)).toEqual(['RECOVERED']);
});
