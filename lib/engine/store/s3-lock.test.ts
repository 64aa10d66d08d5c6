import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { isCephInstalled, startCephGateway } from '#testing/ceph-gateway.ts';
import { KEYS, openS3Lab } from '#testing/s3-lab.ts';
import { testPlace } from '../external/test-place.ts';
import { openPlace } from './open-place.ts';
import type { Place, PlaceLock } from './place.ts';
import type { S3Access } from './place-access.ts';

const bytes = Buffer.from('a chunk');
const never = new AbortController().signal;

/** A bucket with Object Lock, whose locks end by its own clock. */
interface LockLab extends AsyncDisposable {
  readonly access: S3Access;
  /** Waits until locks of so many seconds have ended. */
  pass(seconds: number): Promise<void>;
}

async function openDouble(): Promise<LockLab> {
  const lab = await openS3Lab(1000, { objectLock: true });
  return {
    access: lab.access,
    pass: async (seconds) => {
      lab.server.versions.pass(seconds * 1000);
    },
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  };
}

async function openCeph(): Promise<LockLab> {
  const gateway = await startCephGateway(KEYS, 'backups', { objectLock: true });
  return {
    access: {
      kind: 'S3',
      bucket: 'backups',
      prefix: 'a plant',
      endpoint: gateway.endpoint,
      region: 'us-east-1',
      pathStyle: true,
      credentials: KEYS,
    },
    pass: (seconds) => sleep(seconds * 1000),
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

const inSeconds = (seconds: number) => new Date((Math.floor(Date.now() / 1000) + seconds) * 1000);

async function lockedPlace(access: S3Access): Promise<Place & { readonly lock: PlaceLock }> {
  const place = await openPlace(access);
  if (!place.lock) throw new Error('S3 has a lock');
  return { ...place, lock: place.lock };
}

describe.each([
  ['the double', openDouble, false],
  ['Ceph', openCeph, !isCephInstalled()],
])('Object Lock by %s', (_name, open, skipped) => {
  test.skipIf(skipped)('our own keys cannot remove what is locked, only hide it', async () => {
    await using lab = await open();
    await using place = await lockedPlace(lab.access);
    const { lock, store } = place;
    const until = inSeconds(20);
    await lock.put('chunks/aa.1', bytes, until);
    expect(await lock.remove('chunks/aa.1')).toEqual(until);
    expect((await store.get('chunks/aa.1')).equals(bytes)).toBe(true);
    await store.delete('chunks/aa.1');
    expect(await store.has('chunks/aa.1')).toBe(false);
    // The marker goes, and what it hid is seen again.
    expect(await lock.remove('chunks/aa.1')).toEqual(until);
    expect((await store.get('chunks/aa.1')).equals(bytes)).toBe(true);
    await store.put('chunks/aa.1', Buffer.from('overwritten'));
    expect(await lock.remove('chunks/aa.1')).toEqual(until);
    expect((await store.get('chunks/aa.1')).equals(bytes)).toBe(true);

    const later = inSeconds(22);
    expect(await lock.extend('chunks/aa.1', later)).toEqual(later);
    // A lock is never shortened.
    expect(await lock.extend('chunks/aa.1', until)).toEqual(later);
    expect(await lock.remove('chunks/aa.1')).toEqual(later);
    expect(await lock.extend('chunks/none.1', later)).toBeNull();
    await store.put('chunks/bb.1', bytes);
    await store.delete('chunks/bb.1');
    expect(await lock.extend('chunks/bb.1', later)).toBeNull();

    await lab.pass(23);
    for (const name of ['chunks/aa.1', 'chunks/bb.1', 'chunks/never.1'])
      expect(await lock.remove(name)).toBeNull();
    expect(await store.has('chunks/aa.1')).toBe(false);
  });

  test.skipIf(skipped)('the test of a place passes, and leaves nothing there', async () => {
    await using lab = await open();
    await using place = await openPlace(lab.access);
    const { steps } = await testPlace(place, never, { withLock: true });
    expect(steps.at(-1)).toEqual({ step: 'LOCK', outcome: 'OK', failure: null });
    // Where it keeps versions, Ceph 16 takes no notice of the condition of CREATE_ONCE.
    expect(steps.filter(({ outcome }) => outcome === 'FAILED')).toEqual([]);
    for await (const { name } of place.store.list('')) throw new Error(`${name} is left`);
  });
});

test('each request that locks, and each listing of versions, counts as a write', async () => {
  await using lab = await openS3Lab(1000, { objectLock: true });
  const { lock, usage } = lab.place;
  const before = { ...usage };
  await lock?.put('chunks/aa.1', bytes, inSeconds(100));
  await lock?.extend('chunks/aa.1', inSeconds(200));
  await lock?.remove('chunks/aa.1');
  expect(usage?.writes).toBe((before.writes ?? 0) + 3);
  expect(usage?.reads).toBe((before.reads ?? 0) + 1);
});

test.each([
  ['a bucket without Object Lock', false, 'InvalidRequest: Bucket is missing'],
  ['a bucket that deletes what is locked', true, 'it deletes what is locked'],
])('%s does not pass the test', async (_what, objectLock, detail) => {
  await using lab = await openS3Lab(1000, { objectLock });
  lab.server.versions.areLocksKept = false;
  const { steps } = await testPlace(lab.place, never, { withLock: true });
  expect(steps.at(-1)).toMatchObject({
    step: 'LOCK',
    outcome: 'FAILED',
    failure: {
      reason: 'placeCannotLock',
      params: { detail: expect.stringContaining(detail) },
    },
  });
  expect(lab.server.objects.size).toBe(0);
});

test('a removal that is refused without a lock is told as refused', async () => {
  await using lab = await openS3Lab(1000, { objectLock: true });
  await lab.store.put('chunks/aa.1', randomBytes(10));
  lab.strike(({ response }) => {
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end('<Error><Code>AccessDenied</Code><Message>Not yours</Message></Error>');
  }, 'DELETE');
  await expect(lab.place.lock?.remove('chunks/aa.1')).rejects.toMatchObject({
    reason: 'placeRefused',
  });
});

test('without a lock, requests are as they ever were', async () => {
  await using lab = await openS3Lab(1000, { objectLock: true });
  await testPlace(lab.place, never);
  expect(lab.server.requests.filter((one) => /retention|versions|versionId/.test(one))).toEqual([]);
});
