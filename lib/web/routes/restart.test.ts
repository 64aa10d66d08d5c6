import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Upload as TusUpload } from 'tus-js-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backup } from '#generated/vault/client.ts';
import { RUN, root } from '#launcher/root.ts';
import { deleteBackup } from '#services/backups/delete-backup.ts';
import { localActor, permit } from '#services/permit.ts';
import { freePort } from '#testing/free-port.ts';
import { until } from '#testing/process-tree.ts';
import { openTransferLab, type TransferLab } from '#testing/transfer.ts';

/** Web processes of their own over the lab's database and data folder; the worker is the lab's. */
let lab: TransferLab;
let me: Record<string, string>;
let backup: Backup;
let whole: Buffer;
const WITHIN_MS = 120_000;
const processes = new Set<ChildProcess>();

beforeAll(async () => {
  lab = await openTransferLab();
  for (let n = 0; n < 8; n++) await lab.addFile(4_000_000);
  backup = await lab.createBackup('Large');
  me = await lab.web.signedIn();
  const response = await fetch(`${lab.web.url}/api/backups/${backup.id}/archive`, { headers: me });
  whole = Buffer.from(await response.arrayBuffer());
}, 120_000);
afterAll(async () => {
  for (const child of processes) child.kill('SIGKILL');
  await lab[Symbol.asyncDispose]();
});

async function startProcess(port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [RUN, 'lib/testing/byte-server.ts'], {
    cwd: root,
    env: { ...process.env, ...lab.web.opened.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  processes.add(child);
  await once(child.stdout, 'data');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
  processes.delete(child);
}

function curl(...args: string[]): Promise<number> {
  const child = spawn('curl', ['-sS', '-H', `cookie: ${me.cookie}`, ...args], {
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? -1)));
}

const sizeOf = async (file: string) => (await stat(file).catch(() => null))?.size ?? 0;

describe('a server that is killed in mid-transfer and started again', { timeout: 120_000 }, () => {
  test('is resumed by curl -C - to the same bytes', async () => {
    const port = await freePort();
    const file = path.join(lab.web.opened.dataDir, 'copy');
    const url = `http://127.0.0.1:${port}/api/backups/${backup.id}/archive`;
    const first = await startProcess(port);
    const broken = curl('--limit-rate', '20M', '-o', file, url);
    await until(async () => (await sizeOf(file)) > 2_000_000, WITHIN_MS);
    await kill(first);
    expect(await broken).not.toBe(0);
    const had = await sizeOf(file);
    expect(had).toBeLessThan(whole.length);
    const second = await startProcess(port);
    expect(await curl('-C', '-', '-o', file, url)).toBe(0);
    expect((await readFile(file)).equals(whole)).toBe(true);
    await kill(second);
  });

  test('resumes an upload of the pages’ client through another process', async () => {
    const mayDelete = await permit(lab.server, localActor('Ana'), 'backup.delete');
    await deleteBackup(lab.server, mayDelete, backup.id);
    const [portA, portB] = [await freePort(), await freePort()];
    const first = await startProcess(portA);
    const announced = await announce(portA);
    const sent = sendSlowly(portA, announced);
    const id = announced.slice(announced.lastIndexOf('/') + 1);
    const file = path.join(lab.web.opened.dataDir, 'uploads', id);
    await until(async () => (await sizeOf(file)) > 1_000_000, WITHIN_MS);
    await kill(first);
    await sent;
    const second = await startProcess(portB);
    const resumedFrom = await resume(`http://127.0.0.1:${portB}${announced}`);
    expect(resumedFrom).toBeGreaterThan(1_000_000);
    expect(resumedFrom).toBeLessThan(whole.length);
    const { jobId } = await lab.server.vault.upload.findUniqueOrThrow({ where: { id } });
    const job = await lab.worker.ended(jobId ?? '');
    expect(job, JSON.stringify(job.error)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await lab.server.vault.upload.findUnique({ where: { id } })).toMatchObject({
      status: 'DONE',
      backupId: backup.id,
    });
    await kill(second);
  });

  test('two processes never write one upload at the same time', async () => {
    const [portA, portB] = [await freePort(), await freePort()];
    const [first, second] = await Promise.all([startProcess(portA), startProcess(portB)]);
    const announced = await announce(portA);
    const stale = openPatch(portA, announced);
    stale.write(whole.subarray(0, 500_000));
    const id = announced.slice(announced.lastIndexOf('/') + 1);
    const file = path.join(lab.web.opened.dataDir, 'uploads', id);
    await until(async () => (await sizeOf(file)) === 500_000, WITHIN_MS);
    expect(await resume(`http://127.0.0.1:${portB}${announced}`)).toBe(500_000);
    stale.destroy();
    const { jobId } = await lab.server.vault.upload.findUniqueOrThrow({ where: { id } });
    const job = await lab.worker.ended(jobId ?? '');
    expect(job.error).toMatchObject({ code: 'ALREADY_HERE' });
    await Promise.all([kill(first), kill(second)]);
  });
});

async function announce(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/api/uploads`, {
    method: 'POST',
    headers: { ...me, 'tus-resumable': '1.0.0', 'upload-length': String(whole.length) },
  });
  expect(response.status).toBe(201);
  return response.headers.get('location') ?? '';
}

function openPatch(port: number, url: string): http.ClientRequest {
  const request = http.request(`http://127.0.0.1:${port}${url}`, {
    method: 'PATCH',
    headers: {
      ...me,
      'tus-resumable': '1.0.0',
      'content-type': 'application/offset+octet-stream',
      'upload-offset': '0',
      'content-length': whole.length,
    },
  });
  request.on('error', () => {});
  return request;
}

/** 100 KB every 20 ms until the line breaks. */
async function sendSlowly(port: number, url: string): Promise<void> {
  const request = openPatch(port, url);
  const closed = new Promise((resolve) => request.once('close', resolve));
  for (let at = 0; at < whole.length && !request.destroyed; at += 100_000) {
    request.write(whole.subarray(at, at + 100_000));
    await sleep(20);
  }
  await closed;
}

/** Finishes the upload with tus-js-client; answers the offset from which it went on. */
function resume(uploadUrl: string): Promise<number> {
  let resumedFrom = -1;
  return new Promise((resolve, reject) => {
    const upload = new TusUpload(whole, {
      uploadUrl,
      uploadSize: whole.length,
      headers: me,
      retryDelays: [200, 500, 1000],
      onBeforeRequest: (request) => {
        if (request.getMethod() !== 'PATCH') return;
        resumedFrom = Math.max(resumedFrom, Number(request.getHeader('Upload-Offset')));
      },
      onError: reject,
      onSuccess: () => resolve(resumedFrom),
    });
    upload.start();
  });
}
