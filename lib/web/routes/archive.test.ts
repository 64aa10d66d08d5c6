import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Backup } from '#generated/vault/client.ts';
import { deleteBackup } from '#services/backups/delete-backup.ts';
import { localActor, permit } from '#services/permit.ts';
import { until } from '#testing/process-tree.ts';
import { openTransferLab, type TransferLab } from '#testing/transfer.ts';
import { startWorker } from '#testing/worker.ts';
import { revokeApiKey } from '#vault/api-keys.ts';
import { dispositionName } from '../content-disposition.ts';

const WITHIN_MS = 120_000;
const LARGE_BYTES = 40_000_000;

let lab: TransferLab;
let me: Record<string, string>;
let backup: Backup;
let whole: Buffer;

beforeAll(async () => {
  lab = await openTransferLab();
  for (const bytes of [10, 3_000_000, 700_000]) await lab.addFile(bytes);
  backup = await lab.createBackup('Antes da mudança: 100% “pronto”');
  me = await lab.web.signedIn(['backup.download']);
  whole = Buffer.from(await (await get(backup)).arrayBuffer());
});
afterAll(() => lab[Symbol.asyncDispose]());

function get(of: Pick<Backup, 'id'>, headers: Record<string, string> = {}, method = 'GET') {
  const url = `${lab.web.url}/api/backups/${of.id}/archive`;
  return fetch(url, { method, headers: { ...me, ...headers } });
}

const reload = () => lab.server.vault.backup.findUniqueOrThrow({ where: { id: backup.id } });

describe('a download', () => {
  test('is the whole archive, under the name of the backup, with its exact length', async () => {
    const response = await get(backup);
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer()).equals(whole)).toBe(true);
    expect(response.headers.get('content-length')).toBe(String(whole.length));
    expect(response.headers.get('etag')).toMatch(/^"[^"]+"$/);
    expect(response.headers.get('accept-ranges')).toBe('bytes');
    expect(dispositionName(response.headers.get('content-disposition') ?? undefined)).toBe(
      'Antes da mudança_ 100% “pronto”.tar.gz.doz',
    );
    expect(whole.subarray(0, 22).toString()).toBe('age-encryption.org/v1\n');
    const { archiveSize, archiveExact } = await reload();
    expect([archiveSize, archiveExact]).toEqual([BigInt(whole.length), true]);
  });

  test('begins when its head is made, and the head is made once', async () => {
    const kinds = await lab.server.vault.job.findMany({ where: { kind: 'PREPARE_ARCHIVE' } });
    expect(kinds.map(({ status }) => status)).toEqual(['SUCCEEDED']);
    const heads = await lab.server.vault.archiveHead.findMany();
    expect(heads.map(({ backupId, status }) => [backupId, status])).toEqual([[backup.id, 'READY']]);
  });

  test('has its SHA-256 published after the digest job has read it', async () => {
    await until(async () => (await reload()).archiveSha256 !== null, WITHIN_MS);
    const sha256 = createHash('sha256').update(whole).digest();
    expect((await reload()).archiveSha256).toBe(sha256.toString('hex'));
    const digest = (await get(backup, {}, 'HEAD')).headers.get('repr-digest');
    expect(digest).toBe(`sha-256=:${sha256.toString('base64')}:`);
  });

  test('of HEAD is the same without a body', async () => {
    const response = await get(backup, {}, 'HEAD');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe(String(whole.length));
    expect((await response.arrayBuffer()).byteLength).toBe(0);
  });

  test.each([
    ['bytes=0-0', () => [0, 1]],
    ['bytes=100-99999', () => [100, 100_000]],
    ['bytes=65535-65536', () => [65_535, 65_537]],
    ['bytes=-1', () => [whole.length - 1, whole.length]],
    ['bytes=-1000000', () => [whole.length - 1_000_000, whole.length]],
    ['bytes=1234567-', () => [1_234_567, whole.length]],
  ])('of %s is those bytes', async (range, bounds) => {
    const [start = 0, end = 0] = bounds();
    const response = await get(backup, { range });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/${whole.length}`);
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.equals(whole.subarray(start, end))).toBe(true);
  });

  test('past its end is 416 with the size', async () => {
    const response = await get(backup, { range: `bytes=${whole.length}-` });
    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe(`bytes */${whole.length}`);
    expect(await response.json()).toMatchObject({ code: 'RANGE_NOT_SATISFIABLE' });
  });

  test('is sent only where it is the archive that If-Match names', async () => {
    const etag = (await get(backup, {}, 'HEAD')).headers.get('etag') ?? '';
    for (const tag of [etag, `"other", ${etag}`, '*'])
      expect((await get(backup, { 'if-match': tag, range: 'bytes=0-0' })).status).toBe(206);
    for (const tag of ['"other"', `W/${etag}`]) {
      const refused = await get(backup, { 'if-match': tag });
      expect(refused.status).toBe(412);
      expect(await refused.json()).toMatchObject({ code: 'PRECONDITION_FAILED' });
    }
  });

  test('is resumed only where the client has part of the same bytes', async () => {
    const { headers } = await get(backup, {}, 'HEAD');
    const etag = headers.get('etag') ?? '';
    const same = await get(backup, { range: 'bytes=5-', 'if-range': etag });
    expect(same.status).toBe(206);
    await same.arrayBuffer();
    const other = await get(backup, { range: 'bytes=5-', 'if-range': '"other"' });
    expect(other.status).toBe(200);
    await other.arrayBuffer();
    expect((await get(backup, { 'if-none-match': etag })).status).toBe(304);
  });

  test('is right for many clients at once, some of which go away', async () => {
    const leaving = Array.from({ length: 4 }, async (_, n) => {
      const stop = new AbortController();
      const response = await fetch(`${lab.web.url}/api/backups/${backup.id}/archive`, {
        headers: me,
        signal: stop.signal,
      });
      const reader = response.body?.getReader();
      for (let read = 0; read <= n; read++) await reader?.read();
      stop.abort();
    });
    const staying = Array.from({ length: 8 }, async (_, n) => {
      const start = n * 1000;
      const response = await get(backup, { range: `bytes=${start}-` });
      const bytes = Buffer.from(await response.arrayBuffer());
      return bytes.equals(whole.subarray(start));
    });
    await Promise.all(leaving);
    expect(await Promise.all(staying)).toEqual(Array(8).fill(true));
  });

  test('is audited: who, from where, which bytes', async () => {
    await (await get(backup, { range: 'bytes=7-8' })).arrayBuffer();
    const event = await writtenDown(backup, { from: 7, to: 9 });
    expect(event).toMatchObject({
      outcome: 'DONE',
      actorName: expect.stringMatching(/^Person/),
    });
  });
});

/** The entry of a download of these bytes, once it is there. */
async function writtenDown(of: Backup, detail: object) {
  const where = { action: 'backup.download', targetId: of.id, detail: { equals: detail } };
  const find = () => lab.server.vault.auditEvent.findFirst({ where });
  await until(async () => (await find()) !== null, WITHIN_MS);
  return find();
}

/** A download whose client takes nothing more after the first bytes, more than the connection holds. */
async function begunDownload(of: Backup, headers: Record<string, string> = {}) {
  const response = await get(of, headers);
  expect(response.status).toBe(200);
  const size = Number(response.headers.get('content-length'));
  const reader = response.body?.getReader();
  let received = (await reader?.read())?.value?.length ?? 0;
  return {
    size,
    received: () => received,
    async rest() {
      for (;;) {
        const next = await reader?.read();
        if (!next || next.done) return;
        received += next.value.length;
      }
    },
  };
}

describe('in mid-transfer', () => {
  let large: Backup;
  beforeAll(async () => {
    await lab.addFile(LARGE_BYTES);
    large = await lab.createBackup('Large');
  });

  test('a thread that dies breaks the connection, and the next download is whole', async () => {
    const download = await begunDownload(large);
    lab.server.archiveThreads?.end();
    await expect(download.rest()).rejects.toThrow();
    expect(download.received()).toBeLessThan(download.size);
    await writtenDown(large, { from: 0, to: download.size, code: 'INTERNAL' });
    const again = await get(large);
    expect((await again.arrayBuffer()).byteLength).toBe(download.size);
  });

  test('a missing chunk breaks the connection, and is audited', async () => {
    let largest = { name: '', bytes: 0 };
    for await (const object of lab.server.store.list('chunks/'))
      if (object.bytes > largest.bytes) largest = object;
    const kept = await lab.server.store.get(largest.name);
    await lab.server.store.delete(largest.name);
    const download = await begunDownload(large);
    await expect(download.rest()).rejects.toThrow();
    expect(download.received()).toBeLessThan(download.size);
    await writtenDown(large, { from: 0, to: download.size, code: 'CHUNK_MISSING' });
    await lab.server.store.put(largest.name, kept);
    expect((await (await get(large)).arrayBuffer()).byteLength).toBe(download.size);
  });

  test('a client that goes away is audited as that', async () => {
    const stop = new AbortController();
    const url = `${lab.web.url}/api/backups/${large.id}/archive`;
    const response = await fetch(url, { headers: me, signal: stop.signal });
    const size = Number(response.headers.get('content-length'));
    stop.abort();
    await writtenDown(large, { from: 0, to: size, code: 'CANCELLED' });
  });

  test('revoking a key breaks its download at once', async () => {
    const download = await begunDownload(large, await lab.web.withKey(['backup.download']));
    const { vault } = lab.server;
    const key = await vault.apiKey.findFirstOrThrow({ orderBy: { id: 'desc' } });
    await vault.$transaction((tx) => revokeApiKey(tx, key, localActor('Ana')));
    // Although the client takes nothing.
    await writtenDown(large, { from: 0, to: download.size, code: 'UNAUTHENTICATED' });
    await expect(download.rest()).rejects.toThrow();
    expect(download.received()).toBeLessThan(download.size);
  });

  test('deleting a backup breaks the connection at once, and never ends it short', async () => {
    const download = await begunDownload(large);
    const mayDelete = await permit(lab.server, localActor('Ana'), 'backup.delete');
    await deleteBackup(lab.server, mayDelete, large.id);
    // Although the client takes nothing.
    await writtenDown(large, { from: 0, to: download.size, code: 'NOT_FOUND' });
    await expect(download.rest()).rejects.toThrow();
    expect(download.received()).toBeLessThan(download.size);
    expect((await get(large)).status).toBe(404);
  });
});

test.each(['GET', 'HEAD'])(
  '%s of one whose head takes longer than 25 seconds is 503 with Retry-After, and begins later',
  async (method) => {
    const slow = await lab.createBackup('Slow');
    await lab.worker.stop();
    const waited = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort());
    const response = await get(slow, {}, method);
    expect(waited).toHaveBeenCalledWith(25_000);
    waited.mockRestore();
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    if (method === 'GET')
      expect(await response.json()).toMatchObject({ code: 'ARCHIVE_PREPARING', status: 503 });
    const waiting = get(slow, {}, method);
    Object.assign(lab, { worker: startWorker(lab.server) });
    expect((await waiting).status).toBe(200);
  },
);

describe('refused', () => {
  const url = () => `/api/backups/${backup.id}/archive`;

  test.each([
    ['GET', ''],
    ['HEAD', ''],
    ['GET', '/'],
    ['GET', '?download=1'],
  ])('%s %s without a session, and with a role that lacks the action', async (method, suffix) => {
    const ask = (headers: Record<string, string>) =>
      fetch(`${lab.web.url}${url()}${suffix}`, {
        method,
        headers: { range: 'bytes=0-0', ...headers },
      });
    expect((await ask({})).status).toBe(401);
    const manager = await lab.web.signedIn(['backup.view', 'backup.create', 'backup.restore']);
    const response = await ask(manager);
    expect(response.status).toBe(403);
    if (method === 'GET')
      expect(await response.json()).toMatchObject({ code: 'FORBIDDEN', status: 403 });
  });

  test('for a backup that does not exist, or an id that is malformed', async () => {
    expect((await get({ id: '01a00000-0000-7000-8000-00000000dead' })).status).toBe(404);
    expect((await get({ id: 'nonsense' })).status).toBe(404);
    expect((await get(backup, {}, 'POST')).status).toBe(405);
  });
});

describe('a head whose pieces', () => {
  /** Harms the first piece of the head that is kept. */
  async function harmHead(how: string): Promise<void> {
    const head = await lab.server.vault.archiveHead.findUniqueOrThrow({
      where: { backupId: backup.id },
    });
    const name = `${head.object}.0`;
    if (how === 'are gone') await lab.server.store.delete(name);
    else await lab.server.store.put(name, Buffer.alloc(100, 1));
  }

  const read = async () => Buffer.from(await (await get(backup)).arrayBuffer());

  test.each(['are gone', 'are damaged'])(
    '%s is made anew, and the archive is the same',
    async (how) => {
      await read();
      await harmHead(how);
      // Threads that have it open find out in the middle of the answer.
      await expect(read()).rejects.toThrow();
      expect((await read()).equals(whole)).toBe(true);
      expect((await reload()).archiveSha256).not.toBe(null);
    },
  );

  test.each(['are gone', 'are damaged'])(
    '%s before anybody opens it is made anew at once',
    async (how) => {
      await harmHead(how);
      lab.server.archiveThreads?.end();
      expect((await read()).equals(whole)).toBe(true);
    },
  );
});
