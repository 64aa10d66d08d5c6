import { expect, onTestFinished, test } from 'vitest';
import { openDestinationLab } from '#testing/destinations.ts';
import { openS3Stage, PREFIX, type S3Stage, settled, tend } from '#testing/s3-stage.ts';
import type { DestinationInput } from './destination-input.ts';
import { updateDestination } from './set-up-destination.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const automatic = { keepLast: 1, keepDaily: 0, keepWeekly: 0, keepMonthly: 0 };

/** A destination in a bucket with Object Lock. */
async function openStage(input: DestinationInput = {}, objectLock = true): Promise<S3Stage> {
  const stage = await openS3Stage(input, objectLock);
  onTestFinished(() => stage[Symbol.asyncDispose]());
  return stage;
}

/** Sends a backup as that of a night. */
async function sendNight({ lab, to }: S3Stage, name: string) {
  await lab.addPole(name);
  const { id } = await lab.create(name);
  await lab.server.vault.backup.update({ where: { id }, data: { kind: 'AUTOMATIC' } });
  await lab.sent(to, await lab.server.vault.backup.findUniqueOrThrow({ where: { id } }));
  await lab.server.vault.externalCopy.updateMany({ data: { kept: false } });
  await settled(lab);
}

/** So much time has passed, as far as the place and the server's rows know. */
async function pass({ lab: { server }, s3 }: S3Stage, days: number): Promise<void> {
  s3.server.versions.pass(days * DAY_MS);
  const back = `- interval '${days} days'`;
  await server.pool.query(
    `UPDATE vault.external_object SET condemned_at = condemned_at ${back}, locked_until = locked_until ${back}`,
  );
  await server.pool.query(`UPDATE vault.external_copy SET condemned_at = condemned_at ${back}`);
}

/** Days until the locks of the newest versions end, by the names of objects; null: not locked. */
function locks({ s3 }: S3Stage): Record<string, number | null> {
  const { objects, versions } = s3.server;
  return Object.fromEntries(
    [...objects.keys()].map((key) => {
      const until = versions.of(key).at(-1)?.lockedUntil;
      const days = until ? (Number(until) - Date.now()) / DAY_MS : null;
      return [key.replace(`${PREFIX}/`, ''), days && Math.round(days)];
    }),
  );
}

const of = (all: Record<string, unknown>, prefix: string) =>
  Object.entries(all).filter(([name]) => name.startsWith(prefix));

const statuses = async ({ lab, to }: S3Stage) =>
  Object.fromEntries((await lab.view(to)).copies.map(({ name, status }) => [name, status]));

const requests = ({ s3 }: S3Stage, what: RegExp) =>
  s3.server.requests.filter((one) => what.test(one)).length;

test('chunks and manifests are locked for the days and half as long again, and nothing else', async () => {
  const stage = await openStage({ lockDays: 10 });
  expect(stage.to).toMatchObject({
    lockDays: 10,
    steps: expect.arrayContaining([expect.objectContaining({ step: 'LOCK', outcome: 'OK' })]),
  });
  await sendNight(stage, 'First');
  const all = locks(stage);
  for (const kind of ['chunks/', 'manifests/']) {
    expect(of(all, kind).length).toBeGreaterThan(0);
    for (const [, days] of of(all, kind)) expect(days).toBe(15);
  }
  for (const kind of ['owner/', 'vault-state/'])
    expect(of(all, kind)).toEqual([[expect.any(String), null]]);
});

test('a backup that uses an old chunk again extends its lock, but not while it holds long enough', async () => {
  const stage = await openStage({ lockDays: 10 });
  await sendNight(stage, 'First');
  await pass(stage, 4);
  stage.s3.server.requests.length = 0;
  await sendNight(stage, 'Second');
  expect(requests(stage, /^PUT .*retention/)).toBe(0);
  expect(of(locks(stage), 'chunks/').map(([, days]) => days)).toEqual(
    expect.arrayContaining([11, 15]),
  );
  await pass(stage, 2);
  await sendNight(stage, 'Third');
  expect(requests(stage, /^PUT .*retention/)).toBeGreaterThan(0);
  // Whatever the third needs is locked for 10 days or more; only the first two needed the rest.
  const short = of(locks(stage), 'chunks/').filter(([, days]) => Number(days) < 10);
  const needed = await stage.lab.server.pool.query(
    'SELECT name FROM vault.external_object WHERE locked_until >= now() + $1::interval',
    ['10 days'],
  );
  expect(needed.rowCount).toBeGreaterThan(3);
  for (const [name] of short) expect(needed.rows.map((row) => row.name)).not.toContain(name);
  const { lastRun } = await stage.lab.view(stage.to);
  expect(lastRun?.writes).toBeGreaterThan(requests(stage, /^PUT .*retention/));
});

test('what is out of retention stays while it is locked, unasked, and goes with all its versions after', async () => {
  const stage = await openStage({ lockDays: 10, ...automatic });
  const { lab, s3 } = stage;
  await sendNight(stage, 'First');
  await sendNight(stage, 'Second');
  await tend(stage);
  expect(await statuses(stage)).toEqual({ First: 'CONDEMNED', Second: 'HERE' });
  await pass(stage, 3);
  s3.server.requests.length = 0;
  await tend(stage);
  expect(await statuses(stage)).toEqual({ First: 'CONDEMNED', Second: 'HERE' });
  expect(requests(stage, /^DELETE .*(chunks|manifests)/)).toBe(0);
  expect(of(locks(stage), 'manifests/')).toHaveLength(2);
  const chunks = of(locks(stage), 'chunks/').length;
  await pass(stage, 13);
  await tend(stage);
  await pass(stage, 2);
  await tend(stage);
  expect(await statuses(stage)).toEqual({ Second: 'HERE' });
  expect(of(locks(stage), 'manifests/')).toHaveLength(1);
  expect(of(locks(stage), 'chunks/').length).toBeLessThan(chunks);
  const known = await lab.server.pool.query('SELECT name FROM vault.external_object');
  const left = Object.keys(locks(stage)).filter((name) => !/^(owner|test)/.test(name));
  expect(known.rows.map((row) => row.name).sort()).toEqual(left.sort());
  expect(s3.server.versions.leftovers()).toEqual([]);
  expect(await lab.view(stage.to)).toMatchObject({ state: 'OK', error: null, lostObjects: 0 });
});

test('a removal that the lock refuses is no failure: it waits for the end that the place told', async () => {
  const stage = await openStage({ lockDays: 10, ...automatic });
  const { lab } = stage;
  await sendNight(stage, 'First');
  await sendNight(stage, 'Second');
  await tend(stage);
  await pass(stage, 3);
  // As after the place was taken anew: the server knows of no locks.
  await lab.server.pool.query('UPDATE vault.external_object SET locked_until = NULL');
  await tend(stage);
  expect(await statuses(stage)).toEqual({ First: 'CONDEMNED', Second: 'HERE' });
  expect(await lab.view(stage.to)).toMatchObject({ state: 'OK', error: null, lostObjects: 0 });
  stage.s3.server.requests.length = 0;
  await tend(stage);
  expect(requests(stage, /^DELETE .*(chunks|manifests)/)).toBe(0);
  await pass(stage, 13);
  await tend(stage);
  expect(await statuses(stage)).toEqual({ Second: 'HERE' });
});

test('an object that nothing needs is not asked for before its lock ends, and goes then', async () => {
  const stage = await openStage({ lockDays: 10 });
  const { lab, s3, to } = stage;
  // As a run leaves it that ended before its manifest was sent.
  const until = new Date(Date.now() + 15 * DAY_MS);
  const object = { bytes: Buffer.from('x'), etag: '"x"', modifiedAt: new Date() };
  s3.server.versions.put(`${PREFIX}/chunks/aa.1`, object, until);
  await lab.server.pool.query(
    `INSERT INTO vault.external_object (destination_id, name, bytes, sent_at, checked_at, condemned_at, locked_until)
     VALUES ($1::uuid, 'chunks/aa.1', 1, now(), now(), now(), $2)`,
    [to.id, until],
  );
  await sendNight(stage, 'First');
  const removals = () => requests(stage, /^DELETE .*aa\.1/);
  await pass(stage, 3);
  await tend(stage);
  expect(removals()).toBe(0);
  await pass(stage, 13);
  await tend(stage);
  expect(removals()).toBe(1);
  expect(s3.server.objects.has(`${PREFIX}/chunks/aa.1`)).toBe(false);
});

test('a chunk that somebody hid is put there again, locked', async () => {
  const stage = await openStage({ lockDays: 10 });
  await sendNight(stage, 'First');
  const [name = ''] = Object.keys(locks(stage)).filter((one) => one.startsWith('chunks/'));
  const key = `${PREFIX}/${name}`;
  stage.s3.server.versions.put(key, null);
  await pass(stage, 6);
  await sendNight(stage, 'Second');
  const [kept, marker, again] = stage.s3.server.versions.of(key);
  expect([kept?.object, marker?.object, again?.object].map(Boolean)).toEqual([true, false, true]);
  expect(locks(stage)[name]).toBe(15);
  expect(await stage.lab.view(stage.to)).toMatchObject({ state: 'OK', lostObjects: 0 });
});

test('where the bucket cannot lock, the days are refused, and without them nothing of it is asked', async () => {
  const stage = await openStage({}, false);
  const { lab, to } = stage;
  const permit = await lab.may('backup.configure');
  const reason = 'placeCannotLock';
  await expect(
    updateDestination(lab.server, permit, to.id, { lockDays: 10 }),
  ).rejects.toMatchObject({ code: 'DESTINATION_UNUSABLE', reason });
  expect(await lab.view(to)).toMatchObject({ lockDays: null });
  stage.s3.server.requests.length = 0;
  await sendNight(stage, 'First');
  expect(requests(stage, /retention|versions|versionId/)).toBe(0);
});

test('the lock is set and taken back later; what is locked by then still goes with its versions', async () => {
  const stage = await openStage(automatic);
  const { lab, to } = stage;
  const permit = await lab.may('backup.configure');
  await sendNight(stage, 'First');
  expect(of(locks(stage), 'chunks/').every(([, days]) => days === null)).toBe(true);
  await updateDestination(lab.server, permit, to.id, { lockDays: 10 });
  await sendNight(stage, 'Second');
  expect(of(locks(stage), 'chunks/').filter(([, days]) => days === 15).length).toBeGreaterThan(1);
  await updateDestination(lab.server, permit, to.id, { lockDays: 0 });
  expect(await lab.view(to)).toMatchObject({ lockDays: null });
  await sendNight(stage, 'Third');
  for (const days of [16, 2]) {
    await pass(stage, days);
    await tend(stage);
  }
  expect(await statuses(stage)).toEqual({ Third: 'HERE' });
  expect(of(locks(stage), 'manifests/')).toHaveLength(1);
});

test.each([0.5, -1, 3651])('%s days are refused', async (lockDays) => {
  const stage = await openStage({}, false);
  const permit = await stage.lab.may('backup.configure');
  await expect(
    updateDestination(stage.lab.server, permit, stage.to.id, { lockDays }),
  ).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
});

test('a folder cannot lock', async () => {
  await using lab = await openDestinationLab();
  await expect(lab.addDestination({ lockDays: 10 })).rejects.toMatchObject({
    code: 'VALIDATION_FAILED',
    fields: [expect.objectContaining({ path: 'input.lockDays', reason: 'lockNeedsS3' })],
  });
});
