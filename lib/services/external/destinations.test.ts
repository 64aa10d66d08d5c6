import { readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DestinationLab, openDestinationLab } from '#testing/destinations.ts';
import { openTestServer } from '#testing/server.ts';
import { localActor, permitInPerson } from '../permit.ts';
import { markKitChecked } from '../recovery-kit/kit-rows.ts';
import { printRecoveryKit } from '../recovery-kit/recovery-kit.ts';
import type { DestinationInput } from './destination-input.ts';
import { findDestination } from './destination-rows.ts';
import { deleteDestination } from './destinations.ts';
import { createDestination, testDestination, updateDestination } from './set-up-destination.ts';

let lab: DestinationLab;
beforeAll(async () => {
  lab = await openDestinationLab();
});
afterAll(() => lab[Symbol.asyncDispose]());

const mayConfigure = () => lab.may('backup.configure');
const create = async (input: DestinationInput, more: object = { hasKit: true }) =>
  createDestination(lab.server, await mayConfigure(), { name: 'X', ...input }, more);

describe('what is refused before anything is written', () => {
  test.each<[string, DestinationInput, string, string]>([
    ['no address', { url: '' }, 'input.url', 'destinationUrl'],
    ['a web address', { url: 'https://example.net/x' }, 'input.url', 'destinationUrl'],
    ['a folder on another host', { url: 'file://nas/backups' }, 'input.url', 'destinationUrl'],
    ['the root folder', { url: 'file:///' }, 'input.url', 'destinationUrl'],
    [
      'a password in the address',
      { url: 'sftp://ana:secret@nas/x' },
      'input.url',
      'destinationUrl',
    ],
    ['SFTP without a user', { url: 'sftp://nas/x' }, 'input.url', 'destinationUrl'],
    ['SFTP without a folder', { url: 'sftp://ana@nas' }, 'input.url', 'destinationUrl'],
    ['a bucket that cannot be', { url: 's3://X/y' }, 'input.url', 'destinationUrl'],
    ['a prefix that leads out', { url: 's3://bucket/a//b' }, 'input.url', 'destinationUrl'],
    [
      'a host key that is none',
      { url: 'sftp://a@nas/x', hostKey: 'SHA256:x' },
      'input.hostKey',
      'hostKey',
    ],
    [
      'an endpoint that is none',
      { url: 's3://bucket', endpoint: 'ftp://x' },
      'input.endpoint',
      'url',
    ],
    ['no name', { url: 'file:///x', name: ' ' }, 'input.name', 'required'],
    [
      'a rate below all patience',
      { url: 'file:///x', bytesPerSecond: 10n },
      'input.bytesPerSecond',
      'range',
    ],
    [
      'quiet hours of no clock',
      { url: 'file:///x', quietFrom: '25:00' },
      'input.quietFrom',
      'timeOfDay',
    ],
    ['to keep none', { url: 'file:///x', keepLast: 0 }, 'input.keepLast', 'wholeNumber'],
  ])('%s', async (_, input, field, reason) => {
    await expect(create(input)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      fields: expect.arrayContaining([expect.objectContaining({ path: field, reason })]),
    });
  });

  test('a folder that is not there', async () => {
    await expect(create({ url: 'file:///nowhere/at/all' })).rejects.toMatchObject({
      code: 'DESTINATION_UNUSABLE',
      reason: 'placeMissing',
    });
  });

  test.each(['127.0.0.1', '169.254.169.254', 'localhost', '[::1]', '[fe80::1]'])(
    'a destination at %s',
    async (host) => {
      const url = 's3://bucket/prefix';
      const at = { url, endpoint: `http://${host}:9`, accessKeyId: 'a', secretAccessKey: 'b' };
      await expect(create(at)).rejects.toMatchObject({
        code: 'ADDRESS_REFUSED',
        reason: 'privateDestination',
        hint: 'nameDestinationNetwork',
      });
    },
  );

  test('any destination while nobody has shown that they have the recovery kit', async () => {
    await using opened = await openTestServer();
    const permit = await permitInPerson(opened.server, localActor('root'), 'backup.configure');
    const input = { name: 'NAS', url: lab.url };
    const add = () => createDestination(opened.server, permit, input);
    await expect(add()).rejects.toMatchObject({ code: 'KIT_NEEDED' });
    await printRecoveryKit(opened.server, permit);
    await expect(add()).rejects.toMatchObject({ code: 'KIT_NEEDED' });
    await markKitChecked(opened.server.vault, opened.server.keys.serverId, permit.actor);
    expect(await add()).toMatchObject({ name: 'NAS', epoch: 1 });
    await readdir(lab.folder).then((found) => expect(found).toContain('owner'));
    await rename(path.join(lab.folder, 'owner'), path.join(lab.folder, 'owner-of-other'));
  });
});

test('a place that another server of this key owns is taken over only on request', async () => {
  const first = await lab.addDestination();
  await expect(create({ url: lab.url, name: 'Second' })).rejects.toMatchObject({
    code: 'DESTINATION_LOST',
  });
  const second = await create({ url: lab.url, name: 'Second' }, { hasKit: true, takeOver: true });
  expect(second.epoch).toBe(2);
  const backup = await lab.create('Monday');
  const job = await lab.send(first, backup);
  expect(job).toMatchObject({ status: 'FAILED', error: { code: 'DESTINATION_LOST' } });
  expect(await lab.view(first)).toMatchObject({ state: 'LOST' });
  const again = await updateDestination(
    lab.server,
    await mayConfigure(),
    first.id,
    {},
    { takeOver: true },
  );
  expect(again).toMatchObject({ epoch: 3, lostAt: null });
  await lab.sent(first, backup);
  for (const { id } of [first, second])
    await deleteDestination(lab.server, await mayConfigure(), id);
});

test('a place of a server with another key is refused, and left as it was', async () => {
  await using other = await openDestinationLab();
  await other.addDestination();
  const before = await readdir(other.folder, { recursive: true });
  await expect(create({ url: other.url })).rejects.toMatchObject({ code: 'WRONG_KEY' });
  expect(await readdir(other.folder, { recursive: true })).toEqual(before);
});

test('two destinations cannot have names that look the same', async () => {
  await using other = await openDestinationLab();
  const permit = await other.may('backup.configure');
  await other.addDestination();
  const twin = createDestination(
    other.server,
    permit,
    { name: 'nas ', url: other.url },
    { hasKit: true, takeOver: true },
  );
  await expect(twin).rejects.toMatchObject({
    fields: [expect.objectContaining({ path: 'input.name', reason: 'destinationNameTaken' })],
  });
});

test('a test finds what is wrong with a place, and keeps what it found', async () => {
  await using other = await openDestinationLab();
  const to = await other.addDestination();
  await rename(other.folder, `${other.folder}-away`);
  const permit = await other.may('backup.configure');
  await testDestination(other.server, permit, to.id);
  const [first, second] = (await other.view(to)).steps;
  expect(first).toMatchObject({
    step: 'WRITE',
    outcome: 'FAILED',
    failure: { reason: 'placeMissing' },
  });
  expect(second).toMatchObject({ outcome: 'SKIPPED' });
  await rename(`${other.folder}-away`, other.folder);
  await testDestination(other.server, permit, to.id);
  expect((await other.view(to)).steps.map(({ outcome }) => outcome)).not.toContain('FAILED');
  expect(await readdir(path.join(other.folder, 'test'))).toEqual([]);
});

test('secrets are sealed, and dropped where the address leads to another peer', async () => {
  const permit = await mayConfigure();
  const input = { name: 'Sealed', url: lab.url, password: 'hunter2-hunter2' };
  const to = await lab.view(await create(input, { hasKit: true, takeOver: true }));
  const row = await findDestination(lab.server.vault, to.id);
  expect(Buffer.from(row?.secret ?? []).toString('latin1')).not.toContain('hunter2');
  expect(JSON.stringify(row?.access)).not.toContain('hunter2');
  expect(to.hasSecret).toBe(true);
  await updateDestination(lab.server, permit, to.id, { name: 'Sealed still' });
  expect(await lab.view(to)).toMatchObject({ name: 'Sealed still', hasSecret: true });
  const elsewhere = { url: 'sftp://ana@192.0.2.1:9/x' };
  await expect(updateDestination(lab.server, permit, to.id, elsewhere)).rejects.toThrow();
  expect(await lab.view(to)).toMatchObject({ url: lab.url });
  await deleteDestination(lab.server, permit, to.id);
  expect(await readFile(path.join(lab.folder, 'owner', '1'))).toBeDefined();
});

test('an emptied place is told as such: the disk may not be mounted', async () => {
  await using other = await openDestinationLab();
  const to = await other.addDestination();
  await rename(path.join(other.folder, 'owner'), path.join(other.folder, 'elsewhere'));
  const job = await other.send(to, await other.create('Monday'));
  expect(job).toMatchObject({ status: 'FAILED', error: { reason: 'placeEmptied' } });
  await writeFile(path.join(other.folder, 'note'), 'not ours');
  expect(await readdir(path.join(other.folder)).then((found) => found.includes('manifests'))).toBe(
    false,
  );
});

test('a folder of the server’s own data is refused, by whatever name', async () => {
  const own = path.join(lab.opened.dataDir, 'vault');
  const link = path.join(lab.folder, 'link');
  await symlink(own, link);
  for (const folder of [own, link, lab.opened.dataDir, path.dirname(lab.opened.dataDir)])
    await expect(create({ url: `file://${folder}` })).rejects.toMatchObject({
      code: 'DESTINATION_UNUSABLE',
      reason: 'placeIsOwnData',
    });
  await rm(link);
});

test('a place that is added again is known again: nothing that older copies need is removed', async () => {
  await using other = await openDestinationLab();
  const permit = await other.may('backup.configure');
  const to = await other.addDestination();
  const backup = await other.create('Monday');
  await other.sent(to, backup);
  await deleteDestination(other.server, permit, to.id);
  const input = { name: 'Again', url: other.url };
  const again = await createDestination(other.server, permit, input, {
    hasKit: true,
    takeOver: true,
  });
  await other.addPole('later');
  await other.sent(again, await other.create('Tuesday'));
  const { copies, objects } = await other.view(again);
  expect(copies.map(({ name, status }) => [name, status])).toEqual([
    ['Tuesday', 'HERE'],
    ['Monday', 'HERE'],
  ]);
  expect(objects).toBeGreaterThan(4);
});

test('a destination that goes to another place and comes back knows what is where', async () => {
  await using other = await openDestinationLab();
  await using elsewhere = await openDestinationLab();
  const permit = await other.may('backup.configure');
  const to = await other.addDestination();
  const backup = await other.create('Monday');
  await other.sent(to, backup);
  // A job that looks after the place comes first.
  const move = (url: string) =>
    expect
      .poll(() =>
        updateDestination(other.server, permit, to.id, { url }, { takeOver: true }).then(
          () => 'moved',
          ({ reason }) => reason,
        ),
      )
      .toBe('moved');
  await rm(path.join(elsewhere.folder, 'owner'), { recursive: true, force: true });
  await move(elsewhere.url);
  expect(await other.view(to)).toMatchObject({ copies: [], objects: 0 });
  await other.sent(to, backup);
  await move(other.url);
  expect(await other.view(to)).toMatchObject({ copies: [], objects: 0 });
  await other.sent(to, backup);
  expect(await other.view(to)).toMatchObject({ state: expect.stringMatching(/OK|SENDING/) });
});
