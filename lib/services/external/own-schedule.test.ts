import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { catalogued } from '#testing/catalogue.ts';
import { type NightLab, openNightLab } from '#testing/nights.ts';
import { localActor, permitInPerson } from '../permit.ts';
import { beginCopy, markHere } from './copy-rows.ts';
import type { DestinationInput } from './destination-input.ts';
import type { DestinationRow } from './destination-rows.ts';
import { deleteDestination } from './destinations.ts';
import { requestDueSends } from './due-sends.ts';
import { createDestination, updateDestination } from './set-up-destination.ts';

let lab: NightLab;
let folder: string;
beforeEach(async () => {
  lab = await openNightLab({ TIME_ZONE: 'Europe/Berlin' });
  folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-nas-'));
});
afterEach(async () => {
  await lab[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const mayConfigure = () => permitInPerson(lab.server, localActor('Ana'), 'backup.configure');
const mondays = { sendDays: [1], sendTime: '02:30' };
// 2026-11-23 is a Monday; 02:30 in Berlin is 01:30 UTC.
const SATURDAY = '2026-11-21T12:00:00Z';
const DUE = '2026-11-23T01:30:00Z';

async function add(input: DestinationInput = mondays): Promise<DestinationRow> {
  const named = { name: 'NAS', url: `file://${folder}`, ...input };
  return createDestination(lab.server, await mayConfigure(), named, { hasKit: true });
}

async function lookAt(now: string): Promise<number> {
  await lab.at(now);
  await requestDueSends(lab.server);
  return lab.queued('SEND_BACKUP');
}

/** As the job does when it has sent the backup. */
async function send(to: DestinationRow): Promise<string> {
  const { vault } = lab.server;
  const job = await vault.job.findFirstOrThrow({ where: { kind: 'SEND_BACKUP' } });
  const { backupId } = job.input as { backupId: string };
  const backup = await vault.backup.findUniqueOrThrow({ where: { id: backupId } });
  await beginCopy(vault, to.id, backup, { kept: false });
  await vault.$transaction((tx) => markHere(tx, to.id, backupId, 0));
  await vault.job.deleteMany();
  return backup.name;
}

const made = (at: string) => catalogued(lab.server, { name: at, createdAt: new Date(at) });
const ledger = async ({ id }: DestinationRow) => {
  const rows = await lab.server.vault.night.findMany({
    where: { policy: `send ${id}` },
    orderBy: { localDate: 'asc' },
  });
  return rows.map(({ localDate, status }) => `${localDate.toISOString().slice(0, 10)} ${status}`);
};

test('a destination of Mondays gets the newest backup once a week, and nothing in between', async () => {
  await lab.at(SATURDAY);
  await made('2026-11-21T05:00:00Z');
  const to = await add();
  expect(await lookAt('2026-11-23T01:29:00Z')).toBe(0);
  expect(await lookAt(DUE)).toBe(1);
  expect(await lookAt('2026-11-23T01:31:00Z')).toBe(1);
  expect(await send(to)).toBe('2026-11-21T05:00:00Z');
  expect(await lookAt('2026-11-23T01:32:00Z')).toBe(0);
  expect(await ledger(to)).toEqual(['2026-11-23 SUCCEEDED']);
  await made('2026-11-25T05:00:00Z');
  await made('2026-11-29T05:00:00Z');
  expect(await lookAt('2026-11-30T01:29:00Z')).toBe(0);
  expect(await lookAt('2026-11-30T01:30:00Z')).toBe(1);
  expect(await send(to)).toBe('2026-11-29T05:00:00Z');
});

test('what was missed while the server was down is sent once, with the backup of now', async () => {
  await lab.at(SATURDAY);
  await made('2026-11-21T05:00:00Z');
  const to = await add();
  await made('2026-12-09T05:00:00Z');
  expect(await lookAt('2026-12-09T12:00:00Z')).toBe(1);
  expect(await send(to)).toBe('2026-12-09T05:00:00Z');
  expect(await ledger(to)).toEqual(['2026-12-07 RUNNING']);
  expect(await lookAt('2026-12-09T13:00:00Z')).toBe(0);
  expect(await ledger(to)).toEqual(['2026-12-07 SUCCEEDED']);
});

test('one that was never sent is missed when the next is due, and the newer backup goes', async () => {
  await lab.at(SATURDAY);
  await made('2026-11-21T05:00:00Z');
  const to = await add();
  expect(await lookAt(DUE)).toBe(1);
  await lab.server.vault.job.deleteMany();
  expect(await lookAt('2026-11-25T12:00:00Z')).toBe(1);
  await lab.server.vault.job.deleteMany();
  await made('2026-11-29T05:00:00Z');
  expect(await lookAt('2026-11-30T01:30:00Z')).toBe(1);
  expect(await send(to)).toBe('2026-11-29T05:00:00Z');
  expect(await ledger(to)).toEqual(['2026-11-23 MISSED', '2026-11-30 RUNNING']);
});

test('two workers that look at once ask for one backup', async () => {
  await lab.at(SATURDAY);
  await made('2026-11-21T05:00:00Z');
  await add();
  await lab.at(DUE);
  await Promise.all([1, 2, 3].map(() => requestDueSends(lab.server)));
  expect(await lab.queued('SEND_BACKUP')).toBe(1);
});

test('a clock that was a year ahead keeps no later Monday from being due', async () => {
  await lab.at(SATURDAY);
  await made('2026-11-21T05:00:00Z');
  const to = await add();
  expect(await lookAt('2027-11-22T05:00:00Z')).toBe(1);
  await lab.server.vault.job.deleteMany();
  expect(await lookAt(DUE)).toBe(1);
  expect(await ledger(to)).toEqual(['2026-11-23 RUNNING']);
});

test('a schedule that is changed owes nothing from before, and without days it follows the nights', async () => {
  await lab.at(SATURDAY);
  await made('2026-11-21T05:00:00Z');
  const to = await add();
  await lab.at('2026-11-24T12:00:00Z');
  const change = async (input: DestinationInput) =>
    updateDestination(lab.server, await mayConfigure(), to.id, input);
  await change({ sendDays: [2, 4] });
  expect(await lookAt('2026-11-24T12:01:00Z')).toBe(0);
  expect(await lookAt('2026-11-26T01:30:00Z')).toBe(1);
  await lab.server.vault.job.deleteMany();
  const { sendTime } = await change({ sendDays: [] });
  expect(sendTime).toBeNull();
  expect(await lookAt('2026-11-26T12:00:00Z')).toBe(1);
});

test('a destination that is removed takes its dates along', async () => {
  await lab.at(SATURDAY);
  await made('2026-11-21T05:00:00Z');
  const to = await add();
  await lookAt(DUE);
  await deleteDestination(lab.server, await mayConfigure(), to.id);
  expect(await ledger(to)).toEqual([]);
});

test.each<[string, DestinationInput, string, string]>([
  ['days without a time', { sendDays: [1] }, 'input.sendTime', 'required'],
  ['an eighth day', { sendDays: [8], sendTime: '02:00' }, 'input.sendDays', 'wholeNumber'],
  ['no time of day', { sendDays: [1], sendTime: '24:00' }, 'input.sendTime', 'timeOfDay'],
  ['a beginning of quiet hours alone', { quietFrom: '08:00' }, 'input.quietUntil', 'bothTimes'],
  ['an end of quiet hours alone', { quietUntil: '08:00' }, 'input.quietFrom', 'bothTimes'],
  [
    'a currency that is none',
    { prices: prices({ currency: '$' }) },
    'input.prices.currency',
    'currency',
  ],
  ['a price below nothing', { prices: prices({ egress: -1 }) }, 'input.prices.egress', 'range'],
])('%s is refused', async (_, input, field, reason) => {
  await expect(add(input)).rejects.toMatchObject({
    fields: [expect.objectContaining({ path: field, reason })],
  });
});

function prices(wrong: object) {
  return { currency: 'USD', storage: 0, writes: 0, reads: 0, egress: 0, ...wrong };
}
