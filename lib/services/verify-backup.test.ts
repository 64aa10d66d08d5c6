import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Backup, Job } from '../../generated/vault/client.ts';
import { openTestServer, type TestServer } from '../testing/server.ts';
import { startWorker, type TestWorker } from '../testing/worker.ts';
import { requestBackup } from './create-backup.ts';
import { localActor, type Permit, permit } from './permit.ts';
import type { Server } from './server.ts';
import { requestVerify } from './verify-backup.ts';

let opened: TestServer;
let server: Server;
let worker: TestWorker;
let may: Permit<'backup.create'>;

beforeEach(async () => {
  opened = await openTestServer();
  server = opened.server;
  may = await permit(server, localActor('Ana'), 'backup.create');
  worker = startWorker(server);
});

afterEach(async () => {
  await worker.stop();
  await opened[Symbol.asyncDispose]();
});

async function create(name: string): Promise<Backup> {
  const job = await requestBackup(server, may, { name, comment: '', includeFiles: true });
  const ended = await worker.ended(job.id);
  expect(ended, ended.errorMessage ?? '').toMatchObject({ status: 'SUCCEEDED' });
  return server.vault.backup.findFirstOrThrow({ where: { jobId: job.id } });
}

async function verify(backup: Backup): Promise<Job> {
  return worker.ended((await requestVerify(server, may, backup.id)).id);
}

async function addFile(bytes: Buffer): Promise<string> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await server.files.write(
    sha256,
    (async function* () {
      yield bytes;
    })(),
  );
  await server.plant.storedFile.create({ data: { sha256, bytes: BigInt(bytes.length) } });
  return sha256;
}

/** Turns one bit in the largest chunk of the store: the photo's, which does not shrink. */
async function damageLargestChunk(): Promise<void> {
  const folder = path.join(opened.dataDir, 'vault', 'chunks');
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  const all = await Promise.all(
    files.map(async (entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return { file, bytes: await readFile(file) };
    }),
  );
  const largest = all.reduce((one, other) => (other.bytes.length > one.bytes.length ? other : one));
  const middle = largest.bytes.length >> 1;
  largest.bytes[middle] = (largest.bytes[middle] ?? 0) ^ 1;
  await writeFile(largest.file, largest.bytes);
}

describe('verifying a backup', () => {
  test('finds it whole', async () => {
    await addFile(Buffer.from('a photo'));
    const job = await verify(await create('whole'));
    expect(job).toMatchObject({ status: 'SUCCEEDED', result: { files: '1' } });
  });

  test('names a damaged file, and the next backup stores it anew', async () => {
    const photo = Buffer.from(createHash('shake256', { outputLength: 200_000 }).digest());
    const sha256 = await addFile(photo);
    const first = await create('first');
    await damageLargestChunk();

    const job = await verify(first);
    expect(job).toMatchObject({ status: 'FAILED', errorCode: 'VERIFY_FAILED' });
    expect(job.errorMessage).toContain('does not come back as it was');

    const second = await create('second');
    expect(Number(second.storedSize)).toBeGreaterThan(photo.length);
    expect(await verify(second)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await server.files.has(sha256)).toBe(true);
  });
});
