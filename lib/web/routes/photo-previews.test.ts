import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createElement } from '#services/network/edit-element.ts';
import { createPost } from '#services/network/posts.ts';
import { openTestWeb, type TestWeb } from '#testing/byte-routes.ts';
import { type NetworkPermits, networkPermits } from '#testing/network.ts';

let web: TestWeb;
let may: NetworkPermits;
let me: Record<string, string>;
let postId: string;

beforeAll(async () => {
  web = await openTestWeb();
  may = await networkPermits(web.server);
  me = await web.signedIn();
  const { id } = await createElement(web.server, may.edit, null, 'project', { name: 'Centro' });
  const element = { kind: 'project', id } as const;
  postId = (await createPost(web.server, may.edit, null, element, { title: 'T' })).id;
});
afterAll(() => web[Symbol.asyncDispose]());

const photo = (background: string, orientation = 1) =>
  sharp({ create: { width: 1200, height: 800, channels: 3, background } })
    .withMetadata({ orientation })
    .jpeg()
    .toBuffer();

/** Puts it on the post; answers its address and digest. */
async function upload(body: Buffer, type = 'image/jpeg'): Promise<{ url: string; sha256: string }> {
  const answer = await fetch(`${web.url}/api/posts/${postId}/files?name=foto`, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { ...me, 'content-type': type },
  });
  expect(answer.status).toBe(201);
  return (await answer.json()) as { url: string; sha256: string };
}

const preview = (url: string, width = 320) =>
  fetch(`${web.url}${url}?width=${width}`, { headers: me });
const typeOf = (answer: Response) => answer.headers.get('content-type');
const folder = () => path.join(web.server.config.dataDir, 'previews');

test('a preview is a small upright WebP, made once and kept', async () => {
  const { url, sha256 } = await upload(await photo('#0d9488', 6));
  const [first, second] = await Promise.all([preview(url), preview(url)]);
  expect([typeOf(first), typeOf(second)]).toEqual(['image/webp', 'image/webp']);
  const small = Buffer.from(await first.arrayBuffer());
  expect(await sharp(small).metadata()).toMatchObject({ format: 'webp', width: 213, height: 320 });
  expect(await readdir(path.join(folder(), sha256.slice(0, 2)))).toEqual([`${sha256}-320.webp`]);
  // What is kept is what is sent, not made anew.
  await writeFile(path.join(folder(), sha256.slice(0, 2), `${sha256}-320.webp`), 'kept');
  expect(await (await preview(url)).text()).toBe('kept');
  expect(typeOf(await preview(url, 333))).toBe('image/jpeg');
});

test('a file that is no picture is sent as it is', async () => {
  const { url } = await upload(Buffer.from('no picture at all'));
  const answer = await preview(url);
  expect([typeOf(answer), await answer.text()]).toEqual(['image/jpeg', 'no picture at all']);
});

test('a picture of too many pixels is not opened, and what comes after it is made', async () => {
  const { url } = await upload(pngOf(40_000, 40_000), 'image/png');
  expect(typeOf(await preview(url))).toBe('image/png');
  const next = await upload(await photo('#b45309'));
  expect(typeOf(await preview(next.url))).toBe('image/webp');
});

test('a folder that takes no file costs nobody the picture', async () => {
  await rm(folder(), { recursive: true, force: true });
  await writeFile(folder(), 'in the way');
  const { url } = await upload(await photo('#1d4ed8'));
  expect(typeOf(await preview(url))).toBe('image/webp');
  await rm(folder());
  await mkdir(folder());
});

test('a preview is refused to who is not signed in', async () => {
  const { url } = await upload(await photo('#be123c'));
  expect((await fetch(`${web.url}${url}?width=320`)).status).toBe(401);
});

/** A PNG (W3C) that says it is so large, with one row of nothing. */
function pngOf(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const part = (name: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  };
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    ...[part('IHDR', header), part('IDAT', deflateSync(Buffer.alloc(width + 1)))],
    part('IEND', Buffer.alloc(0)),
  ]);
}
