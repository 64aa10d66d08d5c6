import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openS3Lab } from '#testing/s3-lab.ts';
import { hasSftpServer, startSftpServer } from '#testing/sftp-server.ts';
import { openPlace } from '../store/open-place.ts';
import type { Place } from '../store/place.ts';
import { isUsable, placeSteps, testPlace } from './test-place.ts';

const never = new AbortController().signal;
const outcomes = async (place: Place) =>
  Object.fromEntries((await testPlace(place, never)).steps.map((one) => [one.step, one.outcome]));
const all = Object.fromEntries(placeSteps.map((step) => [step, 'OK']));

test('a sound bucket passes every step, with a listing of several pages and a read of a part', async () => {
  await using lab = await openS3Lab();
  lab.server.requests.length = 0;
  expect(await outcomes(lab.place)).toEqual(all);
  const pages = lab.server.requests.filter((request) => request.includes('max-keys=2'));
  expect(pages.length).toBeGreaterThan(2);
  expect(pages.at(-1)).toContain('continuation-token');
  expect(lab.server.objects.size).toBe(0);
});

test('a folder passes every step', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-place-'));
  await using place = await openPlace({ kind: 'FOLDER', folder });
  expect(await outcomes(place)).toEqual(all);
  await rm(folder, { recursive: true });
});

test.skipIf(!hasSftpServer)('a folder over SFTP passes every step', async () => {
  await using server = await startSftpServer();
  await using place = await openPlace(server.access());
  expect(await outcomes(place)).toEqual(all);
});

/** The same place with another behavior. */
const altered = (place: Place, changes: Partial<Place>): Place => ({ ...place, ...changes });

test('a place whose listing ends after the first page is not taken', async () => {
  await using lab = await openS3Lab();
  const { place } = lab;
  async function* firstPage(prefix: string, atOnce: number) {
    let left = atOnce;
    for await (const one of place.listBy(prefix, atOnce)) if (left-- > 0) yield one;
  }
  const report = await testPlace(altered(place, { listBy: firstPage }), never);
  expect(isUsable(report)).toBe(false);
  expect(report.steps).toContainEqual(
    expect.objectContaining({
      step: 'LIST',
      failure: expect.objectContaining({
        reason: 'placeListsLess',
        params: expect.objectContaining({ found: 2, put: 5 }),
      }),
    }),
  );
});

test('a place that gives back another part than was asked for is taken, with a warning', async () => {
  await using lab = await openS3Lab();
  const { store } = lab.place;
  const whole = altered(lab.place, { part: (name) => store.get(name) });
  const report = await testPlace(whole, never);
  expect(isUsable(report)).toBe(true);
  expect(report.steps).toContainEqual(
    expect.objectContaining({
      step: 'RANGE',
      outcome: 'WARNING',
      failure: expect.objectContaining({ reason: 'placeCannotRange' }),
    }),
  );
});

test('requests are counted as they are billed, those that failed too', async () => {
  await using lab = await openS3Lab(2);
  const place = await lab.open();
  for (const name of ['chunks/aa.1', 'chunks/ab.1', 'chunks/ac.1'])
    await place.store.put(name, Buffer.alloc(1_000));
  await place.store.get('chunks/aa.1');
  await place.store.has('chunks/zz.1');
  for await (const _ of place.store.list(''));
  await place.store.delete('chunks/aa.1');
  const asked = (method: string, list: boolean) =>
    lab.server.requests.filter(
      (one) => one.startsWith(method) && one.includes('list-type') === list,
    ).length;
  const listings = place.usage?.writes ?? 0;
  // One listing more: that of the test whether the bucket is there.
  expect(listings - asked('PUT', false) - asked('GET', true)).toBe(1);
  expect(place.usage).toMatchObject({ reads: asked('GET', false) + asked('HEAD', false) });
  expect(place.usage?.sentBytes).toBe(3_000);
  expect(place.usage?.readBytes).toBeGreaterThanOrEqual(1_000);
});
