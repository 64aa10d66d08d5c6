import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { enqueueJob } from '#jobs/queue.ts';
import { type DestinationLab, openDestinationLab } from '#testing/destinations.ts';
import { systemActor } from '../permit.ts';
import { localTextOf } from '../schedule/night-times.ts';
import { scheduleZone } from '../schedule/schedule-zone.ts';
import { requestSend, sendBackupJob } from './send-backup.ts';
import { updateDestination } from './set-up-destination.ts';

const HOUR_MS = 60 * 60 * 1000;
/** Slower than any test waits. */
const slow = { bytesPerSecond: 1_000n };

async function secondNas(lab: DestinationLab) {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-nas-'));
  const to = await lab.addDestination({ name: 'Quick', url: `file://${folder}` });
  return { to, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

test('a destination that takes for ever keeps no other one waiting', async () => {
  await using lab = await openDestinationLab();
  await using quick = await secondNas(lab);
  const to = await lab.addDestination({ name: 'Slow', ...slow });
  const backup = await lab.create('Monday');
  const ids = { backupId: backup.id, destinationId: to.id };
  const held = await requestSend(lab.server, await lab.may('backup.create'), ids);
  await lab.worker.until(held.id, ({ status }) => status === 'RUNNING');
  await lab.sent(quick.to, backup);
  expect(await lab.worker.read(held.id)).toMatchObject({ status: 'RUNNING' });
});

test('a destination does not move while a job works there, and does once none does', async () => {
  await using lab = await openDestinationLab();
  const to = await lab.addDestination(slow);
  const backup = await lab.create('Monday');
  const ids = { backupId: backup.id, destinationId: to.id };
  const held = await requestSend(lab.server, await lab.may('backup.create'), ids);
  await lab.worker.until(held.id, ({ status }) => status === 'RUNNING');
  const permit = await lab.may('backup.configure');
  const move = () => updateDestination(lab.server, permit, to.id, { url: `${lab.url}/` });
  await expect(move()).rejects.toMatchObject({ reason: 'destinationBusy' });
  await lab.worker.stop();
  await move();
});

test('what waits for the end of quiet hours holds nothing up, and goes at once when a person asks', async () => {
  await using lab = await openDestinationLab();
  const timeZone = await scheduleZone(lab.server);
  const hours = (from: number) =>
    localTextOf(new Date(Date.now() + from * HOUR_MS), timeZone).slice(11, 16);
  const to = await lab.addDestination({ quietFrom: hours(-1), quietUntil: hours(2) });
  const backup = await lab.create('Monday');
  const { vault } = lab.server;
  const input = { backupId: backup.id, name: 'Monday', givenName: null, destinationId: to.id };
  const job = await enqueueJob(vault, sendBackupJob, { input, requestedBy: systemActor });
  const waiting = await lab.worker.until(
    job.id,
    ({ status, notBefore, createdAt }) => status === 'QUEUED' && notBefore > createdAt,
  );
  expect(waiting.attempts).toBe(0);
  expect(await lab.view(to)).toMatchObject({ state: 'EMPTY' });
  const sent = await lab.sent(to, backup);
  expect(sent).toMatchObject({ id: job.id, requestedByKind: 'PERSON' });
});
