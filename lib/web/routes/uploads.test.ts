import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backup } from '#generated/vault/client.ts';
import { enqueueJob } from '#jobs/queue.ts';
import { authorIn } from '#services/authors.ts';
import { createBackupJob } from '#services/backups/create-backup.ts';
import { deleteBackup } from '#services/backups/delete-backup.ts';
import { automaticName } from '#services/backups/given-name.ts';
import { housekeep, housekeepHourly } from '#services/housekeeping.ts';
import { localActor, permit, systemActor } from '#services/permit.ts';
import { cancelUpload } from '#services/uploads/uploads.ts';
import { withByteChanged } from '#testing/archives.ts';
import { saidIn } from '#testing/failures.ts';
import { until } from '#testing/process-tree.ts';
import { openTransferLab, type TransferLab } from '#testing/transfer.ts';
import { openTusClient, type TusClient } from '#testing/tus-client.ts';
import { startWorker } from '#testing/worker.ts';
import { authorColumns } from '#vault/actor.ts';
import { revokeApiKey } from '#vault/api-keys.ts';
import { createSession } from '#vault/sessions.ts';

const WITHIN_MS = 120_000;

let lab: TransferLab;
let me: Record<string, string>;
let backup: Backup;
let archive: Buffer;
let client: TusClient;

beforeAll(async () => {
  lab = await openTransferLab();
  for (const bytes of [10, 2_000_000]) await lab.addFile(bytes);
  backup = await lab.createBackup('Before the cut-over');
  me = await lab.web.signedIn();
  client = openTusClient(lab, me);
  const response = await fetch(`${lab.web.url}/api/backups/${backup.id}/archive`, { headers: me });
  archive = Buffer.from(await response.arrayBuffer());
});
afterAll(() => lab[Symbol.asyncDispose]());

/** Size of the upload's file, also while a request holds the upload. */
async function sizeOf(url: string): Promise<number> {
  const id = url.slice(url.lastIndexOf('/') + 1);
  return (await stat(path.join(lab.web.opened.dataDir, 'uploads', id))).size;
}

const files = () => readdir(path.join(lab.web.opened.dataDir, 'uploads')).catch(() => []);

async function removeBackup(id = backup.id): Promise<void> {
  const mayDelete = await permit(lab.server, localActor('Ana'), 'backup.delete');
  await deleteBackup(lab.server, mayDelete, id);
}

describe('an archive of this server', () => {
  test('that is here already is recognized, names the backup, and leaves nothing', async () => {
    const upload = await client.send(archive);
    expect(upload).toMatchObject({
      status: 'REFUSED',
      error: { code: 'ALREADY_HERE' },
      backupId: backup.id,
    });
    expect(saidIn(upload.error).message).toContain('Before the cut-over');
    expect(await files()).toEqual([]);
  });

  test.each([
    ['cut short', () => archive.subarray(0, -100), 'ARCHIVE_TRUNCATED'],
    ['altered', () => withByteChanged(archive, archive.length - 40_000), 'ARCHIVE_ALTERED'],
    ['with bytes behind it', () => Buffer.concat([archive, Buffer.alloc(9)]), 'ARCHIVE_ALTERED'],
  ])('that is here already, and %s, is refused as not a copy of it', async (_what, bytes, code) => {
    expect(await client.send(bytes())).toMatchObject({ status: 'REFUSED', error: { code } });
  });

  test('of a deleted backup brings back the same backup', async () => {
    await removeBackup();
    const upload = await client.send(archive, 'Before the cut-over (1).tar.gz.doz');
    expect(upload).toMatchObject({ status: 'DONE', backupId: backup.id });
    const back = await lab.server.vault.backup.findUniqueOrThrow({ where: { id: backup.id } });
    const { name, givenName, comment, createdAt, tables, structure, fileCount, fileBytes } = backup;
    expect(back).toMatchObject({
      name,
      givenName,
      comment,
      ...authorColumns('author', authorIn(backup, 'author')),
      createdAt,
      tables,
      structure,
      fileCount,
      fileBytes,
      kind: 'UPLOADED',
      uploadedFrom: 'Before the cut-over (1).tar.gz.doz',
      uploadedByName: expect.stringMatching(/^Person/),
    });
    expect(await files()).toEqual([]);
    const response = await fetch(`${lab.web.url}/api/backups/${backup.id}/archive`, {
      headers: me,
    });
    // To the last byte, so that a copy of before compares with the SHA-256 that is published from now on.
    expect(Buffer.from(await response.arrayBuffer()).equals(archive)).toBe(true);
  });

  test('brings back the name that the server gave', async () => {
    const { server, worker } = lab;
    const job = await enqueueJob(server.vault, createBackupJob, {
      input: {
        ...automaticName('2026-11-23', '02:00'),
        backupId: randomUUID(),
        comment: '',
        includeFiles: false,
        kind: 'AUTOMATIC',
        schema: 'plant',
        scheduledFor: '2026-11-23T05:00:00.000Z',
      },
      requestedBy: systemActor,
    });
    const { backupId } = (await worker.ended(job.id)).result as { backupId: string };
    const response = await fetch(`${lab.web.url}/api/backups/${backupId}/archive`, { headers: me });
    const bytes = Buffer.from(await response.arrayBuffer());
    await removeBackup(backupId);
    expect(await client.send(bytes)).toMatchObject({ status: 'DONE', backupId });
    expect(await server.vault.backup.findUnique({ where: { id: backupId } })).toMatchObject({
      ...automaticName('2026-11-23', '02:00'),
      kind: 'UPLOADED',
      authorKind: 'SERVER',
      authorName: '',
    });
    await removeBackup(backupId);
  });

  test('sent twice at once becomes one backup', async () => {
    await removeBackup();
    const second = startWorker(lab.server);
    const both = await Promise.all([client.send(archive), client.send(archive)]);
    await second.stop();
    expect(both.map(({ status }) => status).sort()).toEqual(['DONE', 'REFUSED']);
    expect(both.find(({ status }) => status === 'REFUSED')?.error).toMatchObject({
      code: 'ALREADY_HERE',
    });
  });
});

describe('tus', () => {
  test('says what it can do', async () => {
    const response = await fetch(`${lab.web.url}/api/uploads`, { method: 'OPTIONS' });
    expect(response.status).toBe(204);
    expect(response.headers.get('tus-version')).toBe('1.0.0');
    expect(response.headers.get('tus-extension')?.split(',').sort()).toEqual([
      'creation',
      'expiration',
      'termination',
    ]);
  });

  test('resumes after a lost connection', async () => {
    await removeBackup();
    const url = await client.announce(archive.length);
    const half = Math.floor(archive.length / 2);
    await brokenPatch(url, archive.subarray(0, half));
    await until(async () => (await client.offsetOf(url)) > 0, WITHIN_MS);
    const offset = await client.offsetOf(url);
    expect(offset).toBeLessThanOrEqual(half);
    expect((await client.patch(url, offset + 1, archive.subarray(offset + 1))).status).toBe(409);
    const last = await client.patch(url, offset, archive.subarray(offset));
    expect(last.status).toBe(204);
    const upload = await client.judged(url);
    expect(last.headers.get('fiberkeep-job')).toBe(upload.jobId);
    expect(upload.status).toBe('DONE');
  });

  test('lets a reconnected client take over from its dead connection', async () => {
    const url = await client.announce(archive.length);
    const stale = hangingPatch(url, archive.subarray(0, 500_000));
    await until(async () => (await sizeOf(url)) === 500_000, WITHIN_MS);
    const offset = await client.offsetOf(url);
    expect(offset).toBe(500_000);
    expect((await client.patch(url, offset, archive.subarray(offset, offset + 10))).status).toBe(
      204,
    );
    stale.destroy();
    expect((await client.tus('DELETE', url)).status).toBe(204);
  });

  test("writes into no upload that is not in the address's path, nor into somebody else's", async () => {
    const others = openTusClient(lab, await lab.web.signedIn());
    const theirs = await others.announce(10);
    const mine = await client.announce(10);
    const bytes = Buffer.from('0123456789');
    const [theirId] = theirs.split('/').slice(-1);
    for (const url of [`${mine}?x=/${theirId}`, `${mine}?/${theirId}`]) {
      const from = await client.offsetOf(mine);
      expect((await client.patch(url, from, bytes.subarray(0, 2))).status).toBe(204);
    }
    expect((await client.patch(`${theirs}?x=/${mine.split('/').at(-1)}`, 0, bytes)).status).toBe(
      404,
    );
    expect([await sizeOf(mine), await sizeOf(theirs)]).toEqual([4, 0]);
    await Promise.all([client.tus('DELETE', mine), others.tus('DELETE', theirs)]);
  });

  test.each(['nope', '..', '%2e%2e', '0%0aforged', `${randomUUID()}%0a`, randomUUID()])(
    'answers 404 for an upload %s',
    async (id) => {
      for (const answer of [
        await client.tus('HEAD', `/api/uploads/${id}`),
        await client.patch(`/api/uploads/${id}`, 0, Buffer.from('x')),
        await client.tus('DELETE', `/api/uploads/${id}`),
      ])
        expect(answer.status).toBe(404);
    },
  );

  test('removes a cancelled upload, which is gone from then on', async () => {
    const url = await client.announce(1000);
    await client.patch(url, 0, randomBytes(10));
    expect((await client.tus('DELETE', url)).status).toBe(204);
    expect(await files()).toEqual([]);
    expect((await client.tus('HEAD', url)).status).toBe(410);
    expect((await client.patch(url, 10, randomBytes(10))).status).toBe(410);
    expect((await client.tus('DELETE', url)).status).toBe(410);
  });

  test('ends a request that still sends to a cancelled upload', async () => {
    const url = await client.announce(archive.length);
    const sending = hangingPatch(url, archive.subarray(0, 500_000));
    const answered = once(sending, 'response');
    await until(async () => (await sizeOf(url)) === 500_000, WITHIN_MS);
    expect((await client.tus('DELETE', url)).status).toBe(204);
    // Although the client says nothing more.
    const [answer] = (await answered) as [http.IncomingMessage];
    expect(answer.statusCode).toBe(410);
    sending.destroy();
    expect(await files()).toEqual([]);
  });

  test('breaks off what a revoked key sends, and keeps the bytes', async () => {
    const key = await lab.web.withKey(['backup.upload']);
    const { vault } = lab.server;
    const row = await vault.apiKey.findFirstOrThrow({ orderBy: { id: 'desc' } });
    const response = await client.tus('POST', '/api/uploads', {
      'upload-length': String(archive.length),
      cookie: '',
      ...key,
    });
    const url = response.headers.get('location') ?? '';
    const sending = openPatch(url, key);
    const broken = new Promise((resolve) => sending.once('close', resolve));
    sending.write(archive.subarray(0, 500_000));
    await until(async () => (await sizeOf(url)) === 500_000, WITHIN_MS);
    await vault.$transaction((tx) => revokeApiKey(tx, row, localActor('Ana')));
    // Although the client says nothing more.
    await broken;
    expect(await client.rowOf(url)).toMatchObject({ status: 'RECEIVING' });
    expect(await sizeOf(url)).toBe(500_000);
    expect((await client.tus('HEAD', url, { cookie: '', ...key })).status).toBe(401);
    const { id } = await client.rowOf(url);
    const { sessionLife } = lab.server.config;
    const owner = { userId: row.ownerId, address: '', userAgent: '' };
    const { id: sessionId } = await createSession(vault, owner, sessionLife);
    const operator = localActor('Ana');
    const actor = { ...operator, kind: 'PERSON' as const, id: row.ownerId, sessionId };
    await cancelUpload(lab.server, await permit(lab.server, actor, 'backup.upload'), id);
  });

  test('takes POST for the method in X-HTTP-Method-Override', async () => {
    const url = await client.announce(1000);
    const meant = (method: string, headers: Record<string, string> = {}, body?: Buffer) =>
      client.tus('POST', url, { 'x-http-method-override': method, ...headers }, body);
    const bytes = {
      'content-type': 'application/offset+octet-stream',
      'upload-offset': '0',
    };
    expect((await meant('PATCH', bytes, randomBytes(10))).status).toBe(204);
    expect(await client.offsetOf(url)).toBe(10);
    expect((await meant('PUT')).status).toBe(405);
    expect((await meant('DELETE')).status).toBe(204);
    expect((await client.tus('HEAD', url)).status).toBe(410);
  });

  test('takes no more bytes than were announced', async () => {
    const url = await client.announce(1000);
    const refused = await client.patch(url, 0, randomBytes(1001));
    expect(refused.status).toBe(413);
    expect(await refused.json()).toMatchObject({ code: 'LARGER_THAN_ANNOUNCED' });
    expect(await client.offsetOf(url)).toBe(0);
    await client.tus('DELETE', url);
  });

  test.each([
    ['another offset', { 'upload-offset': '7' }, 409, 'CONFLICT'],
    ['a malformed offset', { 'upload-offset': '-1' }, 422, 'VALIDATION_FAILED'],
    ['bytes of another type', { 'content-type': 'text/plain' }, 422, 'VALIDATION_FAILED'],
  ])('%s is refused with problem details', async (_what, headers, status, code) => {
    const url = await client.announce(1000);
    const refused = await client.patch(url, 0, randomBytes(10), headers);
    expect([refused.status, refused.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json',
    ]);
    expect(await refused.json()).toMatchObject({ code, hint: expect.stringMatching(/./) });
    expect(await client.offsetOf(url)).toBe(0);
    await client.tus('DELETE', url);
  });

  test('accepts only its own version', async () => {
    const headers = { 'upload-length': '10', 'tus-resumable': '0.2.2' };
    const response = await client.tus('POST', '/api/uploads', headers);
    expect(response.status).toBe(412);
    expect(response.headers.get('tus-version')).toBe('1.0.0');
  });

  test('says when the bytes expire, a day after the last one came', async () => {
    const url = await client.announce(1000);
    const id = url.slice(url.lastIndexOf('/') + 1);
    const soon = new Date(Date.now() + 60_000);
    await lab.server.vault.upload.update({ where: { id }, data: { expiresAt: soon } });
    const response = await client.patch(url, 0, randomBytes(10));
    const expires = new Date((await client.rowOf(url)).expiresAt).getTime();
    expect(expires).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    expect(Date.parse(response.headers.get('upload-expires') ?? '')).toBeGreaterThan(Date.now());
    await lab.server.vault.upload.update({
      where: { id },
      data: { expiresAt: new Date(Date.now() - 1) },
    });
    await housekeep(lab.server);
    expect(await client.rowOf(url)).toMatchObject({ status: 'EXPIRED' });
    expect(await files()).toEqual([]);
    expect((await client.tus('HEAD', url)).status).toBe(410);
  });
});

test('the chores check an upload whose last byte came just before the server died', async () => {
  const url = await client.announce(archive.length);
  await client.patch(url, 0, archive.subarray(0, archive.length - 1));
  const id = url.slice(url.lastIndexOf('/') + 1);
  const last = async function* () {
    yield archive.subarray(-1);
  };
  await lab.server.uploads.append(id, archive.length - 1, last(), () => {});
  await housekeep(lab.server);
  expect(await client.judged(url)).toMatchObject({
    status: 'REFUSED',
    error: { code: 'ALREADY_HERE' },
  });
});

test('files without an upload are removed after a day', async () => {
  const { utimes, writeFile } = await import('node:fs/promises');
  const folder = path.join(lab.web.opened.dataDir, 'uploads');
  const [old, young] = [path.join(folder, 'old'), path.join(folder, 'young')];
  for (const file of [old, young]) await writeFile(file, '');
  const before = new Date(Date.now() - 2 * 24 * 3_600_000);
  await utimes(old, before, before);
  await housekeepHourly(lab.server);
  expect(await files()).toEqual(['young']);
});

function openPatch(url: string, who = me): http.ClientRequest {
  const request = http.request(`${lab.web.url}${url}`, {
    method: 'PATCH',
    headers: {
      ...who,
      'tus-resumable': '1.0.0',
      'content-type': 'application/offset+octet-stream',
      'upload-offset': '0',
      'content-length': archive.length,
    },
  });
  request.on('error', () => {});
  return request;
}

/** Sends some bytes, then the line breaks. */
async function brokenPatch(url: string, bytes: Buffer): Promise<void> {
  const request = openPatch(url);
  request.write(bytes);
  await until(async () => (await sizeOf(url)) > 0, WITHIN_MS);
  request.destroy();
}

/** Sends some bytes and then says nothing more. */
function hangingPatch(url: string, bytes: Buffer): http.ClientRequest {
  const request = openPatch(url);
  request.write(bytes);
  return request;
}
