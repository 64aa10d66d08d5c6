import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asFiberkeepError } from '#errors';
import { hashPassword } from '#services/accounts/passwords.ts';
import { signIn } from '#services/accounts/sessions.ts';
import { seedRoles } from '#services/accounts/set-up.ts';
import { addPostFile, deletePostFile } from '#services/network/post-files.ts';
import { sweepFiles } from '#services/network/sweep-files.ts';
import { createTag } from '#services/network/tags.ts';
import { type OwnPostgres, openOwnPostgres } from './own-postgres.ts';
import { openSmallDisk, type SmallDisk } from './small-disk.ts';
import { may, World } from './world.ts';

const MB = 1024 * 1024;
const PASSWORD = 'correct horse battery';
const nobody = { address: '', userAgent: '', actor: null, deviceCookie: null };

let disk: SmallDisk;
let postgres: OwnPostgres;
let world: World;

/** Database, backups and files of posts on one small disk, as `npm start` has them. */
beforeAll(async () => {
  disk = await openSmallDisk(400 * MB);
  postgres = await openOwnPostgres(disk.real ? disk.folder : undefined);
  world = await World.open(postgres.url, { files: 0, dataDir: disk.folder });
  await seedRoles(world.server);
}, 120_000);

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
  await disk[Symbol.asyncDispose]();
});

async function makePerson(email: string): Promise<void> {
  const { plant } = world.server;
  const role = await plant.role.findFirstOrThrow();
  const passwordHash = await hashPassword(PASSWORD);
  await plant.user.create({ data: { email, name: 'Ana', passwordHash, roleId: role.id } });
}

async function addFile(postId: string, megabytes: number) {
  const pieces = async function* () {
    for (let n = 0; n < megabytes; n++) yield randomBytes(MB);
  };
  const file = { name: 'photo.bin', mediaType: 'image/jpeg', bytes: pieces() };
  return addPostFile(world.server, await may(world.server, 'network.edit'), null, postId, file);
}

/** Adds files until one is refused; answers the ids of the others, and the refusal. */
async function fillWithFiles(postId: string) {
  const ids: string[] = [];
  for (;;) {
    const added = await addFile(postId, 8).catch((thrown) => asFiberkeepError(thrown));
    if (added instanceof Error) return { ids, refusal: added };
    ids.push(added.id);
  }
}

test('files of posts that fill the disk leave the reserve: people sign in and delete, and PostgreSQL starts again', async ({
  skip,
}) => {
  skip(!disk.real, 'no small file system can be mounted here');
  const { server } = world;
  await makePerson('maria@example.net');
  const { id: poleId } = await server.plant.pole.findFirstOrThrow();
  const post = await server.plant.post.create({ data: { title: 'Photos', poleId } });

  const { ids, refusal } = await fillWithFiles(post.id);
  expect(ids.length).toBeGreaterThan(5);
  expect(refusal).toMatchObject({
    code: 'DISK_FULL',
    reason: 'reserveReached',
    params: { reserveBytes: 64 * MB },
  });
  const found = await server.room.look('files');
  expect(found?.freeBytes).toBeGreaterThan(63 * MB);

  // Many at once leave the reserve as well.
  const crowd = await Promise.allSettled(Array.from({ length: 12 }, () => addFile(post.id, 8)));
  expect(crowd.map(({ status }) => status)).not.toContain('fulfilled');
  expect((await server.room.look('files'))?.freeBytes).toBeGreaterThan(63 * MB);

  // Whatever else grows is refused too, and health says so.
  await world.server.pool.query('CREATE TABLE public.ballast (bytes bytea)');
  await world.server.pool.query('ALTER TABLE public.ballast ALTER bytes SET STORAGE EXTERNAL');
  while ((await server.room.full()).length === 0)
    await world.server.pool.query('INSERT INTO public.ballast VALUES ($1)', [randomBytes(MB)]);
  const parts = ['backups', 'database', 'files', 'uploads'];
  expect((await server.room.full()).map(({ part }) => part)).toEqual(parts);
  const mayEdit = await may(server, 'network.edit');
  await expect(createTag(server, mayEdit, null, { name: 'new' })).rejects.toMatchObject({
    code: 'DISK_FULL',
  });
  await expect(world.backup('too large')).rejects.toThrow('DISK_FULL');

  const who = { email: 'maria@example.net', password: PASSWORD };
  expect(await signIn(server, who, nobody)).toHaveProperty('token');

  await postgres.kill('all');
  await postgres.back();
  expect(await signIn(server, who, nobody)).toHaveProperty('token');

  for (const id of ids) await deletePostFile(server, mayEdit, null, id);
  await sweepFiles(server, new Date(Date.now() + 2 * 24 * 3600 * 1000));
  expect(await server.room.full()).toEqual([]);
  expect(await createTag(server, mayEdit, null, { name: 'new' })).toHaveProperty('id');
  await addFile(post.id, 8);
}, 180_000);
