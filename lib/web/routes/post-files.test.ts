import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createElement } from '#services/network/edit-element.ts';
import { deletePostFile } from '#services/network/post-files.ts';
import { createPost, deletePost } from '#services/network/posts.ts';
import { openTestWeb, type TestWeb } from '#testing/byte-routes.ts';
import { type NetworkPermits, networkPermits } from '#testing/network.ts';

let web: TestWeb;
let may: NetworkPermits;
let me: Record<string, string>;
let projectId: string;

beforeAll(async () => {
  web = await openTestWeb();
  may = await networkPermits(web.server);
  me = await web.signedIn();
  projectId = (await createElement(web.server, may.edit, null, 'project', { name: 'Centro' })).id;
});
afterAll(() => web[Symbol.asyncDispose]());

const newPost = async () =>
  (await createPost(web.server, may.edit, null, { kind: 'project', id: projectId }, { title: 'T' }))
    .id;

interface Made {
  id: string;
  name: string;
  mediaType: string;
  size: string;
  sha256: string;
  url: string;
}

async function upload(
  postId: string,
  name: string,
  body: Buffer,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${web.url}/api/posts/${postId}/files?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { ...me, 'content-type': 'image/jpeg', ...headers },
  });
}

const made = async (response: Response): Promise<Made> => {
  expect(response.status).toBe(201);
  return (await response.json()) as Made;
};

/** The file as `curl -OJ` saves it in an empty folder: its name and text. */
async function savedByCurl(file: Made): Promise<[name: string, text: string]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-curl-'));
  try {
    const header = Object.entries(me).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
    await promisify(execFile)('curl', ['-sSfOJ', ...header, web.url + file.url], { cwd: folder });
    const [name = '', ...others] = await readdir(folder);
    expect(others).toEqual([]);
    return [name, await readFile(path.join(folder, name), 'utf8')];
  } finally {
    await rm(folder, { recursive: true });
  }
}

const get = (url: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${web.url}${url}`, { method, headers: { ...me, ...headers } });

const stored = async () =>
  (await readdir(path.join(web.opened.dataDir, 'files'), { recursive: true })).filter(
    (name) => !/^[0-9a-f]{2}$/.test(name),
  );

describe('a file that was sent', () => {
  test('comes back byte by byte with its size, type, name and a strong ETag', async () => {
    const body = randomBytes(300_000);
    const file = await made(await upload(await newPost(), 'caixa nº 7.jpg', body));
    const sha256 = createHash('sha256').update(body).digest('hex');
    expect(file).toMatchObject({ name: 'caixa nº 7.jpg', size: '300000', sha256 });
    const response = await get(file.url);
    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-length': '300000',
      'content-type': 'image/jpeg',
      etag: `"${sha256}"`,
      'x-content-type-options': 'nosniff',
      'content-disposition': `inline; filename="caixa no 7.jpg"; filename*=UTF-8''caixa%20n%C2%BA%207.jpg`,
    });
    expect(response.headers.get('content-security-policy')).toContain('sandbox');
  });

  test('is not sent again to a client that has it, and is sent in ranges on request', async () => {
    const body = randomBytes(10_000);
    const file = await made(await upload(await newPost(), 'a.jpg', body));
    const etag = `"${file.sha256}"`;
    expect((await get(file.url, { 'if-none-match': `"x", W/${etag}` })).status).toBe(304);
    const part = await get(file.url, { range: 'bytes=100-199' });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 100-199/10000']);
    expect(Buffer.from(await part.arrayBuffer()).equals(body.subarray(100, 200))).toBe(true);
    expect((await get(file.url, { range: 'bytes=10000-' })).status).toBe(416);
    const other = await get(file.url, { range: 'bytes=0-9', 'if-range': '"another"' });
    expect([other.status, (await other.arrayBuffer()).byteLength]).toEqual([200, 10_000]);
    const head = await get(file.url, {}, 'HEAD');
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '10000']);
  });

  test.each(['text/html', 'image/svg+xml', 'application/pdf', 'nonsense', 'text/html; charset=x'])(
    'as %s is only ever downloaded',
    async (type) => {
      const file = await made(
        await upload(await newPost(), 'page.html', Buffer.from('<script>'), {
          'content-type': type,
        }),
      );
      const response = await get(file.url);
      expect(response.headers.get('content-disposition')).toMatch(/^attachment;/);
      const plain = type.split(';')[0];
      expect(response.headers.get('content-type')).toBe(
        plain === 'nonsense' ? 'application/octet-stream' : plain,
      );
    },
  );

  test.each([
    ['.', 'file'],
    ['..', 'file'],
    ['...', 'file'],
    ['‥', 'file'],
    [`${'🚧'.repeat(251)}.jpg`, `${'_'.repeat(62)}.jpg`],
    [`${'é'.repeat(251)}.jpg`, `${'e'.repeat(125)}.jpg`],
    ['photo\u202egpj.exe', 'photogpj.exe'],
    ['CON.jpg', '_CON.jpg'],
    ['ＮＵＬ', '_NUL'],
    ['.bashrc', 'bashrc'],
    ['a: b?.txt. ', 'a_ b_.txt'],
    ['Łódź – ponte.pdf', 'Lodz - ponte.pdf'],
    ['％2e％2e.txt', '_2e_2e.txt'],
  ])('named %j is saved by curl -OJ as %j', async (name, saved) => {
    const file = await made(await upload(await newPost(), name, Buffer.from('bytes')));
    expect(await savedByCurl(file)).toEqual([saved, 'bytes']);
  });

  test('may be empty', async () => {
    const file = await made(await upload(await newPost(), 'empty.txt', Buffer.alloc(0)));
    const response = await get(file.url);
    expect([response.status, response.headers.get('content-length')]).toEqual([200, '0']);
  });

  test('may take its name from Content-Disposition', async () => {
    const response = await fetch(`${web.url}/api/posts/${await newPost()}/files`, {
      method: 'POST',
      body: 'x',
      headers: { ...me, 'content-disposition': `attachment; filename*=UTF-8''foto%20%C3%A1.png` },
    });
    expect((await made(response)).name).toBe('foto á.png');
  });

  test('is stored once for all its posts, and stays while one of them has it', async () => {
    const body = randomBytes(1000);
    const [first, second] = [await newPost(), await newPost()];
    const a = await made(await upload(first, 'a.jpg', body));
    const b = await made(await upload(second, 'b.jpg', body));
    expect(a.sha256).toBe(b.sha256);
    const listed = () => web.server.plant.storedFile.count({ where: { sha256: a.sha256 } });
    await deletePostFile(web.server, may.edit, null, a.id);
    expect([(await get(a.url)).status, (await get(b.url)).status]).toEqual([404, 200]);
    expect(await listed()).toBe(1);
    await deletePost(web.server, may.edit, null, second);
    expect(await listed()).toBe(0);
  });
});

describe('a name', () => {
  test.each([
    '📡 antena.jpg',
    '<img src=x onerror=alert(1)>.jpg',
    'صورة.jpg',
    '..',
    'CON',
    'a"; filename=x',
    `${'é'.repeat(251)}.jpg`,
  ])('%j is kept as it is', async (name) => {
    const file = await made(await upload(await newPost(), name, Buffer.from(name)));
    expect(file.name).toBe(name);
    expect((await get(file.url)).status).toBe(200);
  });

  test.each([
    '',
    ' ',
    'a\nb',
    'a\0b',
    '../../etc/passwd',
    'a\\b',
    'x'.repeat(256),
    'x'.repeat(7_000),
  ])('%j is refused before a byte is read', async (name) => {
    const before = await stored();
    const response = await upload(await newPost(), name, randomBytes(1000));
    expect(response.status).toBe(422);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({
      code: 'VALIDATION_FAILED',
      fields: [{ path: 'name' }],
    });
    expect(await stored()).toEqual(before);
  });
});

describe('refused with its reason', () => {
  test.each([
    ['without a session', async () => ({ cookie: '' }), 401, 'UNAUTHENTICATED'],
    ['without the right', () => web.signedIn(['network.view']), 403, 'FORBIDDEN'],
    [
      'from another site',
      async () => ({ 'sec-fetch-site': 'cross-site' }),
      403,
      'CROSS_SITE_REFUSED',
    ],
    [
      'from another origin',
      async () => ({ origin: 'https://evil.example' }),
      403,
      'CROSS_SITE_REFUSED',
    ],
    [
      'from a page of before a swap',
      async () => ({ 'x-plant-epoch': '999' }),
      409,
      'PLANT_RESTORED_MEANWHILE',
    ],
    ['with a malformed epoch', async () => ({ 'x-plant-epoch': '-1' }), 422, 'VALIDATION_FAILED'],
  ] as const)('%s', async (_what, headersOf, status, code) => {
    const post = await newPost();
    const response = await upload(post, 'a.jpg', randomBytes(50_000), await headersOf());
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code, status });
    expect(await web.server.plant.postFile.count({ where: { postId: post } })).toBe(0);
  });

  test('on a post that does not exist', async () => {
    const response = await upload('01a00000-0000-7000-8000-00000000dead', 'a.jpg', randomBytes(10));
    expect(response.status).toBe(404);
    expect((await upload('nonsense', 'a.jpg', randomBytes(10))).status).toBe(404);
  });

  test('a download without a session, or of a file that does not exist', async () => {
    const file = await made(await upload(await newPost(), 'a.jpg', randomBytes(10)));
    expect((await get(file.url, { cookie: '' })).status).toBe(401);
    expect((await get('/api/files/nonsense')).status).toBe(404);
    expect((await get(file.url, {}, 'DELETE')).status).toBe(405);
  });

  test('a file announced as larger than 2 GiB, at once and with an answer', async () => {
    const answer = await sendRaw(await newPost(), { 'content-length': String(2 ** 31 + 1) }, [
      randomBytes(100_000),
    ]);
    expect(answer).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
  });
});

test('an upload that breaks off leaves nothing, neither file nor row', async () => {
  const before = await stored();
  const post = await newPost();
  const request = http.request(`${web.url}/api/posts/${post}/files?name=a.bin`, {
    method: 'POST',
    headers: { ...me, 'content-length': 50_000_000 },
  });
  request.on('error', () => {});
  request.write(randomBytes(8_000_000));
  await waitUntil(async () => (await stored()).length > before.length);
  request.destroy();
  await waitUntil(async () => (await stored()).length === before.length);
  expect(await stored()).toEqual(before);
  expect(await web.server.plant.postFile.count({ where: { postId: post } })).toBe(0);
});

test('hundreds of megabytes go through in bounded memory', async () => {
  const post = await newPost();
  const pieces = 300;
  const piece = randomBytes(1_000_000);
  const hash = createHash('sha256');
  const idle = process.memoryUsage().rss;
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 20);
  const answer = await sendRaw(
    post,
    { 'transfer-encoding': 'chunked' },
    (function* () {
      for (let n = 0; n < pieces; n++) {
        piece.writeUInt32BE(n);
        hash.update(piece);
        yield Buffer.from(piece);
      }
    })(),
  );
  expect(answer).toMatchObject({ size: '300000000', sha256: hash.digest('hex') });
  let received = 0;
  for await (const part of (await get(`/api/files/${answer.id}`)).body ?? [])
    received += part.length;
  clearInterval(watch);
  expect(received).toBe(300_000_000);
  // Client and server both live in this process; the file itself would be 300 MB.
  expect((peak - idle) / 1e6).toBeLessThan(150);
}, 120_000);

/** Sends pieces as fast as they are taken; answers the JSON. */
function sendRaw(
  post: string,
  headers: Record<string, string>,
  pieces: Iterable<Buffer>,
): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const request = http.request(`${web.url}/api/posts/${post}/files?name=big.bin`, {
      method: 'POST',
      headers: { ...me, ...headers },
    });
    let answered = false;
    request.on('response', async (response) => {
      answered = true;
      let text = '';
      for await (const part of response.setEncoding('utf8')) text += part;
      request.destroy();
      resolve(JSON.parse(text));
    });
    request.on('error', (error) => answered || reject(error));
    const feed = async () => {
      for (const part of pieces) {
        if (!request.write(part)) await new Promise((drained) => request.once('drain', drained));
      }
      if (headers['transfer-encoding']) request.end();
    };
    feed().catch(reject);
  });
}

async function waitUntil(done: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await done()) return;
    await wait(20);
  }
  throw new Error('it did not come to that');
}
