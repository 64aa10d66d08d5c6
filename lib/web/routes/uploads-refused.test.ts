import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Backup } from '#generated/vault/client.ts';
import { deleteBackup } from '#services/backups/delete-backup.ts';
import { localActor, permit } from '#services/permit.ts';
import { withByteChanged } from '#testing/archives.ts';
import { saidIn } from '#testing/failures.ts';
import { openTransferLab, type TransferLab } from '#testing/transfer.ts';
import { openTusClient, type TusClient } from '#testing/tus-client.ts';

let lab: TransferLab;
let client: TusClient;
let backup: Backup;
let archive: Buffer;

beforeAll(async () => {
  lab = await openTransferLab();
  await lab.addFile(2_000_000);
  backup = await lab.createBackup('Before the cut-over');
  const me = await lab.web.signedIn();
  client = openTusClient(lab, me);
  const response = await fetch(`${lab.web.url}/api/backups/${backup.id}/archive`, { headers: me });
  archive = Buffer.from(await response.arrayBuffer());
});
afterAll(() => lab[Symbol.asyncDispose]());

const files = () => readdir(path.join(lab.web.opened.dataDir, 'uploads')).catch(() => []);

async function removeBackup(): Promise<void> {
  const mayDelete = await permit(lab.server, localActor('Ana'), 'backup.delete');
  await deleteBackup(lab.server, mayDelete, backup.id);
}

describe('refused, with nothing kept', () => {
  let backups: number;
  beforeEach(async () => {
    backups = await lab.server.vault.backup.count();
  });

  test.each([
    ['something else', () => randomBytes(5000), 'NOT_AN_ARCHIVE'],
    ['a file that was cut', () => archive.subarray(0, -100), 'ARCHIVE_TRUNCATED'],
    [
      'a byte that was changed',
      () => withByteChanged(archive, archive.length - 40_000),
      'ARCHIVE_ALTERED',
    ],
  ])('%s', async (_what, bytes, code) => {
    await removeBackup().catch(() => {});
    backups = await lab.server.vault.backup.count();
    const upload = await client.send(Buffer.from(bytes()));
    expect(upload).toMatchObject({ status: 'REFUSED', error: { code }, backupId: null });
    expect(saidIn(upload.error).message).not.toBe('');
    expect(saidIn(upload.error).hint).not.toBe('');
    expect(await files()).not.toContain(upload.id);
    expect(await lab.server.vault.backup.count()).toBe(backups);
  });

  test('an archive of another server, naming both', async () => {
    await using other = await openTransferLab();
    const theirs = await other.createBackup('Theirs');
    const them = await other.web.signedIn();
    const response = await fetch(`${other.web.url}/api/backups/${theirs.id}/archive`, {
      headers: them,
    });
    const upload = await client.send(Buffer.from(await response.arrayBuffer()));
    expect(upload).toMatchObject({ status: 'REFUSED', error: { code: 'MADE_BY_OTHER_SERVER' } });
    expect(saidIn(upload.error).message).toContain(other.server.keys.serverId);
    expect(saidIn(upload.error).message).toContain(lab.server.keys.serverId);
  });

  test.each([
    ['no size', {}, 422],
    ['a size of nothing', { 'upload-length': '0' }, 422],
    ['more than the disk holds', { 'upload-length': '900000000000000' }, 507],
    ['a name of nothing', { 'upload-length': '10', 'upload-metadata': 'filename ' }, 422],
    [
      'a name that is not Base64',
      { 'upload-length': '10', 'upload-metadata': 'filename a.tar.gz.doz' },
      422,
    ],
    [
      'a name that is not UTF-8',
      { 'upload-length': '10', 'upload-metadata': 'filename //79' },
      422,
    ],
    ['two names', { 'upload-length': '10', 'upload-metadata': 'filename YQ==,filename Yg==' }, 422],
    [
      'a name that ends the line',
      { 'upload-length': '10', 'upload-metadata': `filename ${btoa('a\r\nX-More: b')}` },
      422,
    ],
  ])('an announcement with %s', async (_what, headers, status) => {
    const response = await client.tus('POST', '/api/uploads', headers as Record<string, string>);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status });
  });

  test('by every method: nobody signed in, a role that lacks the action, another person', async () => {
    const url = await client.announce(1000);
    const manager = await lab.web.signedIn(['backup.view', 'backup.create', 'backup.restore']);
    const somebody = await lab.web.signedIn();
    const at = { 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' };
    for (const method of ['HEAD', 'PATCH', 'DELETE'])
      for (const [who, status] of [
        [{ cookie: '' }, 401],
        [manager, 403],
        [somebody, 404],
      ] as const) {
        const body = method === 'PATCH' ? Buffer.from('x') : undefined;
        expect((await client.tus(method, url, { ...at, ...who }, body)).status).toBe(status);
      }
    const length = { 'upload-length': '10' };
    expect((await client.tus('POST', '/api/uploads', { ...length, ...manager })).status).toBe(403);
    expect((await client.tus('POST', '/api/uploads/', { ...length, ...manager })).status).toBe(403);
    const elsewhere = { ...length, 'sec-fetch-site': 'cross-site' };
    expect((await client.tus('POST', '/api/uploads', elsewhere)).status).toBe(403);
    expect(await client.offsetOf(url)).toBe(0);
    await client.tus('DELETE', url);
  });
});
