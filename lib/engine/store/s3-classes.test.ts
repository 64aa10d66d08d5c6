import { expect, test } from 'vitest';
import { FiberkeepError } from '#errors';
import { answering, losingAnswer } from '#testing/fault-proxy.ts';
import { openS3Lab } from '#testing/s3-lab.ts';
import type { Place, PlaceClasses } from './place.ts';
import { storageClasses } from './storage-class.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const bytes = Buffer.from('sealed');
const NAME = 'chunks/aa.1';

function classesOf({ classes }: Place): PlaceClasses {
  if (!classes) throw new Error('The place knows no classes');
  return classes;
}

test.each(storageClasses)('an object is put in %s, and listed there', async (storageClass) => {
  await using lab = await openS3Lab();
  await classesOf(lab.place).put(NAME, bytes, storageClass);
  await lab.store.put('manifests/bb.1', bytes);
  const found: Record<string, string | undefined> = {};
  for await (const one of lab.store.list('')) found[one.name] = one.storageClass;
  expect(found).toEqual({ [NAME]: storageClass, 'manifests/bb.1': 'STANDARD' });
});

test('what is frozen is refused as such, is asked for once, and is read after its thaw', async () => {
  await using lab = await openS3Lab();
  const classes = classesOf(lab.place);
  await classes.put(NAME, bytes, 'DEEP_ARCHIVE');
  await expect(lab.store.get(NAME)).rejects.toMatchObject({
    code: 'DESTINATION_UNUSABLE',
    reason: 'placeFrozen',
  });
  expect(await lab.store.has(NAME)).toBe(true);
  expect(await classes.thaw(NAME, 7)).toBe('UNDER_WAY');
  expect(await classes.thaw(NAME, 7)).toBe('UNDER_WAY');
  lab.server.thaws.pass(11 * HOUR_MS);
  expect(await classes.thaw(NAME, 7)).toBe('UNDER_WAY');
  await expect(lab.store.get(NAME)).rejects.toBeInstanceOf(FiberkeepError);
  lab.server.thaws.pass(HOUR_MS);
  expect(await classes.thaw(NAME, 7)).toBe('READY');
  expect(await lab.store.get(NAME)).toEqual(bytes);
  expect(lab.server.requests.filter((one) => /^POST .*restore/.test(one))).toHaveLength(1);
  lab.server.thaws.pass(7 * DAY_MS);
  expect(await classes.thaw(NAME, 7)).toBe('UNDER_WAY');
});

test('what was never frozen, or is not there, is ready and not asked for', async () => {
  await using lab = await openS3Lab();
  const classes = classesOf(lab.place);
  await lab.store.put(NAME, bytes);
  await classes.put('chunks/bb.1', bytes, 'GLACIER_IR');
  for (const name of [NAME, 'chunks/bb.1', 'chunks/cc.1'])
    expect(await classes.thaw(name, 7)).toBe('READY');
  expect(lab.server.requests.filter((one) => one.startsWith('POST'))).toEqual([]);
  expect(await lab.store.get('chunks/bb.1')).toEqual(bytes);
});

test('a thaw whose answer was lost is not one that failed', async () => {
  await using lab = await openS3Lab();
  const classes = classesOf(lab.place);
  await classes.put(NAME, bytes, 'GLACIER');
  lab.strike(losingAnswer, 'POST', 1);
  expect(await classes.thaw(NAME, 7)).toBe('UNDER_WAY');
  expect(lab.server.requests.filter((one) => one.startsWith('POST')).length).toBeGreaterThan(0);
});

test.each([
  [403, 'InvalidObjectState'],
  [405, 'MethodNotAllowed'],
  [501, 'NotImplemented'],
])('a place that answers %i %s to a thaw has nothing to thaw', async (status, code) => {
  await using lab = await openS3Lab();
  const classes = classesOf(lab.place);
  await classes.put(NAME, bytes, 'GLACIER');
  lab.strike(answering(status, code), 'POST');
  expect(await classes.thaw(NAME, 7)).toBe('READY');
});

test('an object is locked and cold at once', async () => {
  await using lab = await openS3Lab(1000, { objectLock: true });
  await lab.place.lock?.put(NAME, bytes, new Date(Date.now() + DAY_MS), 'GLACIER');
  expect(lab.server.objects.get(lab.key(NAME))).toMatchObject({ storageClass: 'GLACIER' });
  expect(lab.server.versions.of(lab.key(NAME))[0]?.lockedUntil).not.toBe(null);
});
