import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { failing } from '#testing/fault-proxy.ts';
import { collect, pieces } from '#testing/file-store-conformance.ts';
import { refusalOf } from '#testing/network.ts';
import { openS3Lab } from '#testing/s3-lab.ts';
import type { DiskRoom } from '../disk-room.ts';
import { openFolderUploads } from './folder-uploads.ts';
import { ObjectUploads } from './object-uploads.ts';

const MB = 1024 ** 2;
const enough: Pick<DiskRoom, 'take'> = { take: async () => {} };

const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-uploads-'));
const lab = await openS3Lab(2);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await lab[Symbol.asyncDispose]();
});

const kinds = [
  ['a folder', openFolderUploads(folder, enough as DiskRoom)],
  ['objects of a store', new ObjectUploads(lab.store)],
] as const;

async function* breaking(first: Buffer) {
  yield first;
  throw new Error('the line broke');
}

describe.each(kinds)('bytes of uploads in %s', (_kind, uploads) => {
  async function created(): Promise<string> {
    const id = randomUUID();
    await uploads.create(id);
    return id;
  }
  const append = (id: string, offset: number, ...list: Buffer[]) =>
    uploads.append(id, offset, pieces(...list), () => {});

  async function readFrom(id: string, start: number): Promise<Buffer> {
    await using source = await uploads.open(id);
    return await collect(source.read(start));
  }

  test.each([1, MB, 4 * MB, 4 * MB + 1, 10 * MB])(
    'come back, from any byte on: %i',
    async (size) => {
      const id = await created();
      expect(await uploads.received(id)).toBe(0);
      const body = randomBytes(size);
      expect(await append(id, 0, body.subarray(0, size / 3), body.subarray(size / 3))).toBe(size);
      expect(await uploads.received(id)).toBe(size);
      for (const start of [0, 1, 4 * MB - 1, 4 * MB, size - 1].filter((at) => at < size))
        expect((await readFrom(id, start)).equals(body.subarray(start)), `from ${start}`).toBe(
          true,
        );
    },
  );

  test('go on where they broke off, in steps of any size', async () => {
    const id = await created();
    const body = randomBytes(9 * MB);
    for (let at = 0; at < body.length; ) {
      const step = body.subarray(at, at + 1 + Math.floor(2.7 * MB));
      const broken = uploads.append(id, at, breaking(step), () => {});
      await expect(broken).rejects.toThrow('the line broke');
      at = (await uploads.received(id)) ?? 0;
      expect(at % step.length === 0 || at === body.length).toBe(true);
    }
    expect((await readFrom(id, 0)).equals(body)).toBe(true);
  });

  test('tell of their progress', async () => {
    const id = await created();
    const told: number[] = [];
    await uploads.append(id, 0, pieces(randomBytes(10), randomBytes(20)), (at) => told.push(at));
    expect(told).toEqual([10, 30]);
  });

  test('are listed until they are removed', async () => {
    const [id, other] = [await created(), await created()];
    await append(id, 0, randomBytes(9 * MB));
    await append(other, 0, randomBytes(1));
    const listed = async () => {
      const found: string[] = [];
      for await (const { id, modifiedAt } of uploads.list()) {
        expect(Date.now() - modifiedAt.getTime()).toBeLessThan(600_000);
        found.push(id);
      }
      return found;
    };
    expect(await listed()).toEqual(expect.arrayContaining([id, other]));
    await uploads.remove(id);
    await uploads.remove(id);
    expect(await listed()).not.toContain(id);
    expect(await listed()).toContain(other);
    await uploads.remove(other);
  });
});

describe('bytes of uploads in objects', () => {
  const uploads = kinds[1][1];

  test('end before a piece that could not be put, and can be sent again from there', async () => {
    const id = randomUUID();
    const body = randomBytes(14 * MB);
    lab.strike(failing, ({ method, url }) => method === 'PUT' && url.includes(`${id}/1`));
    const error = await refusalOf(uploads.append(id, 0, pieces(body), () => {}));
    expect(error.code).toBe('DESTINATION_UNUSABLE');
    lab.proxy.faults.length = 0;
    expect(await uploads.received(id)).toBe(4 * MB);
    await uploads.append(id, 4 * MB, pieces(body.subarray(4 * MB)), () => {});
    await using source = await uploads.open(id);
    expect((await collect(source.read(0))).equals(body)).toBe(true);
  });

  test('of an upload whose pieces are gone are UPLOAD_GONE', async () => {
    const id = randomUUID();
    await uploads.append(id, 0, pieces(randomBytes(9 * MB)), () => {});
    await using source = await uploads.open(id);
    await uploads.remove(id);
    expect((await refusalOf(collect(source.read(0)))).code).toBe('UPLOAD_GONE');
  });
});
