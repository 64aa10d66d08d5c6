import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CreatedBackup } from '#engine/backup/create.ts';
import { manifestChunks } from '#engine/backup/read.ts';
import { chunkObject } from '#engine/chunks/chunk.ts';
import type { ChunkRef } from '#engine/ports.ts';
import { findDamage } from '#engine/restore/find-damage.ts';
import type { ObjectStore } from '#engine/store/port.ts';
import type { JobRun } from '#jobs/kinds.ts';
import { type BackupLab, openBackupLab } from '#testing/backups.ts';
import { saidIn } from '#testing/failures.ts';
import { testRun } from '#testing/worker.ts';
import { openChunkIndex } from '#vault/chunk-index.ts';
import { openVaultClient, type VaultClient } from '#vault/client.ts';
import type { Server } from '../server.ts';
import { runSweep, sweepJob } from './sweep-chunks.ts';

let lab: BackupLab;
let vault: VaultClient;
beforeAll(async () => {
  lab = await openBackupLab();
  vault = openVaultClient(lab.pool);
});
afterAll(() => lab[Symbol.asyncDispose]());

beforeEach(async () => {
  await lab.sql('TRUNCATE vault.backup, vault.chunk, vault.chunk_pin, vault.job CASCADE');
  for await (const { name } of lab.store.list('')) await lab.store.delete(name);
  await fill(1);
});

/** What a sweep uses of a server and of its job. */
async function sweep(
  options: { graceMs?: number; store?: ObjectStore } & Partial<
    Pick<JobRun, 'signal' | 'report'>
  > = {},
) {
  const { pool, keys } = lab;
  const server = { pool, vault, store: options.store ?? lab.store, keys } as Server;
  const id = await lab.startJob('SWEEP');
  const job = await vault.job.findUniqueOrThrow({ where: { id } });
  const commit: JobRun['commit'] = async (_result, work) => work(undefined as never);
  const run = testRun(sweepJob, job, {
    commit,
    signal: options.signal ?? new AbortController().signal,
    report: options.report ?? (() => {}),
  });
  await runSweep(server, run, { graceMs: options.graceMs ?? 0 });
}

async function fill(seed: number): Promise<void> {
  await lab.sql('TRUNCATE plant.setting');
  await lab.sql(
    `INSERT INTO plant.setting (key, value) SELECT 'k' || i, to_jsonb(md5((i * $1)::text)) FROM generate_series(1, 20000) i`,
    [seed],
  );
}

async function backup(options: Parameters<BackupLab['create']>[0] = {}): Promise<CreatedBackup> {
  const jobId = await lab.startJob();
  const made = await lab.create({ ...options, jobId });
  await lab.keep(made);
  await lab.endJob(jobId);
  return made;
}

async function expectWhole(made: CreatedBackup): Promise<void> {
  const { store, keys } = lab;
  const signal = new AbortController().signal;
  const found = await findDamage({
    store,
    keys,
    manifest: made.manifest,
    report: () => {},
    signal,
  });
  expect(found.problems).toEqual([]);
}

async function objects(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of lab.store.list('chunks/')) names.push(name);
  return names.sort();
}

async function chunkNames(made: CreatedBackup): Promise<string[]> {
  const names = new Set<string>();
  for await (const ref of manifestChunks(lab.store, lab.keys, made.manifest))
    names.add(chunkObject(ref));
  return [...names].sort();
}

describe('a sweep', () => {
  test('removes exactly what no backup needs any more', async () => {
    const first = await backup();
    await fill(2);
    const second = await backup();
    await lab.sql('DELETE FROM vault.backup WHERE id = $1', [first.manifest.metadata.backupId]);
    await sweep();
    expect(await objects()).toEqual(await chunkNames(second));
    await expectWhole(second);
    const { rows } = await lab.sql('SELECT count(*)::int AS count FROM vault.chunk');
    expect(rows[0].count).toBe((await objects()).length);
  });

  test('leaves alone what a later backup shares with a deleted one', async () => {
    const first = await backup();
    await lab.sql(`UPDATE plant.setting SET value = '0' WHERE hashtext(key) % 50 = 0`);
    const second = await backup({ previous: first.manifest });
    await lab.sql('DELETE FROM vault.backup WHERE id = $1', [first.manifest.metadata.backupId]);
    await sweep();
    await expectWhole(second);
  });

  test('never removes what a running create has pinned, even when the backup it came from is deleted', async () => {
    const first = await backup();
    await lab.sql('DELETE FROM vault.backup WHERE id = $1', [first.manifest.metadata.backupId]);
    const jobId = await lab.startJob();
    const second = await lab.create({ jobId, previous: first.manifest });
    await sweep();
    await lab.keep(second);
    await lab.endJob(jobId);
    await expectWhole(second);
    await sweep();
    await expectWhole(second);
  });

  test('marks a backup that is committed while it marks the others', async () => {
    const first = await backup();
    await lab.sql('DELETE FROM vault.backup WHERE id = $1', [first.manifest.metadata.backupId]);
    const other = await backup();
    await lab.sql('UPDATE vault.backup SET status = $2 WHERE id = $1', [
      other.manifest.metadata.backupId,
      'DELETING',
    ]);
    const jobId = await lab.startJob();
    const late = await lab.create({ jobId, previous: first.manifest });
    await fill(3);
    await backup();
    // The commit comes when the marking has begun, and then another sweep, which ends its pins.
    const commit = async () => {
      await lab.keep(late);
      await lab.endJob(jobId);
      await lab.sql('DELETE FROM vault.chunk_pin WHERE job_id = $1', [jobId]);
    };
    let committed: Promise<void> | null = null;
    const get = async (name: string) => {
      committed ??= commit();
      await committed;
      return lab.store.get(name);
    };
    await sweep({ store: { ...lab.store, get } });
    await expectWhole(late);
    await sweep();
    await expectWhole(late);
  });

  test('runs beside creates and deletes for a while, and every backup left is whole', async () => {
    const stop = Date.now() + 6_000;
    const kept: CreatedBackup[] = [await backup()];
    const sweeping = (async () => {
      while (Date.now() < stop) await sweep();
    })();
    for (let round = 2; Date.now() < stop; round++) {
      await lab.sql(
        `UPDATE plant.setting SET value = to_jsonb($1::int) WHERE hashtext(key) % 20 = $1 % 20`,
        [round],
      );
      kept.push(await backup({ previous: kept.at(-1)?.manifest ?? null }));
      const gone = kept.length > 3 ? kept.shift() : null;
      if (gone)
        await lab.sql('DELETE FROM vault.backup WHERE id = $1', [gone.manifest.metadata.backupId]);
    }
    await sweeping;
    for (const made of kept) await expectWhole(made);
  });

  test('cleans up after a job that died at any step, and nothing of it counts', async () => {
    const first = await backup();
    await fill(7);
    for (const step of [1, 2, 3]) {
      const jobId = await lab.startJob();
      let puts = 0;
      const store = {
        ...lab.store,
        put: async (name: string, bytes: Uint8Array) => {
          if (++puts >= step) throw new Error('died');
          await lab.store.put(name, bytes);
        },
      };
      await expect(lab.create({ jobId, store })).rejects.toThrow('died');
      await lab.endJob(jobId, 'FAILED');
    }
    const jobId = await lab.startJob();
    await lab.create({ jobId });
    await lab.endJob(jobId, 'FAILED');
    await sweep();
    expect(await objects()).toEqual(await chunkNames(first));
    const manifests: string[] = [];
    for await (const { name } of lab.store.list('manifests/')) manifests.push(name);
    expect(manifests).toEqual([first.manifestObject]);
    await expectWhole(first);
  });

  test('removes objects without a row', async () => {
    const made = await backup();
    await lab.store.put(`chunks/ab/${'ab'.repeat(32)}.999999`, randomBytes(10));
    await sweep();
    expect(await objects()).toEqual(await chunkNames(made));
  });

  test('removes nothing where a backup cannot be read, and says which', async () => {
    const made = await backup();
    await fill(9);
    const second = await backup();
    const [rope] = second.manifest.tables.flatMap((table) => table.rope);
    await lab.store.delete(chunkObject(rope as ChunkRef));
    await lab.sql('DELETE FROM vault.backup WHERE id = $1', [made.manifest.metadata.backupId]);
    const before = await objects();
    const { backupId: id } = second.manifest.metadata;
    const refused = {
      code: 'TEST_FAILED',
      message: expect.stringContaining(`“A backup” (${id})`),
    };
    await expect(sweep()).rejects.toMatchObject(refused);
    const job = await vault.job.findFirstOrThrow({
      where: { kind: 'SWEEP' },
      orderBy: { startedAt: 'desc' },
    });
    expect(job.result).toEqual({ unreadableBackupId: id });
    expect(await objects()).toEqual(before);
    const marked = await vault.backup.findUniqueOrThrow({ where: { id } });
    expect(marked).toMatchObject({
      testError: { code: 'TEST_FAILED', params: { backupId: id } },
    });
    expect(saidIn(marked.testError).message).toContain(`“A backup” (${id})`);
    await expect(sweep()).rejects.toMatchObject(refused);
    expect(await vault.backup.findUniqueOrThrow({ where: { id } })).toEqual(marked);
    await lab.sql('DELETE FROM vault.backup WHERE id = $1', [id]);
    await sweep();
    expect(await objects()).toEqual([]);
  });

  test('waits for nothing where nothing is to be deleted', async () => {
    await expectWhole(await backup());
    const phases: string[] = [];
    await sweep({ graceMs: 24 * 3600 * 1000, report: (phase) => phases.push(phase) });
    expect(phases).toContain('marking');
    expect(phases).not.toContain('waiting');
  });

  test('waits for the grace before it deletes', async () => {
    const made = await backup();
    await lab.sql('DELETE FROM vault.backup WHERE id = $1', [made.manifest.metadata.backupId]);
    const enough = new AbortController();
    const phases: string[] = [];
    const sweeping = sweep({
      graceMs: 3_600_000,
      signal: enough.signal,
      report: (phase) => void phases.push(phase),
    });
    await expect.poll(() => phases.at(-1)).toBe('waiting');
    expect((await objects()).length).toBeGreaterThan(0);
    enough.abort();
    await expect(sweeping).rejects.toMatchObject({ name: 'AbortError' });
    expect(phases.at(-1)).toBe('waiting');
    expect((await objects()).length).toBeGreaterThan(0);
    await sweep({ graceMs: 0 });
    expect(await objects()).toEqual([]);
  });
});

describe('the chunk index', () => {
  const asked = (id: string) => [{ id, codec: 'none' as const, plainBytes: 5 }];
  const someId = () => randomBytes(32).toString('hex');

  test('answers a stored chunk to the next job and a new generation while nobody has stored it', async () => {
    const [a, b] = [
      openChunkIndex(lab.pool, await lab.startJob()),
      openChunkIndex(lab.pool, await lab.startJob()),
    ];
    const id = someId();
    const [first] = await a.reserve(asked(id));
    const [second] = await b.reserve(asked(id));
    expect([first?.stored, second?.stored]).toEqual([false, false]);
    expect(first?.ref.generation).not.toBe(second?.ref.generation);
    await a.confirm([{ ref: first?.ref as ChunkRef, storedBytes: 9 }]);
    expect(await b.reserve(asked(id))).toEqual([{ ref: first?.ref, stored: true }]);
    await b.confirm([{ ref: second?.ref as ChunkRef, storedBytes: 9 }]);
    expect(await b.pin([first?.ref as ChunkRef, second?.ref as ChunkRef])).toEqual([]);
  });

  test('never answers a condemned or damaged chunk again', async () => {
    const index = openChunkIndex(lab.pool, await lab.startJob());
    const id = someId();
    const [made] = await index.reserve(asked(id));
    const ref = made?.ref as ChunkRef;
    await index.confirm([{ ref, storedBytes: 9 }]);
    for (const state of ['CONDEMNED', 'DAMAGED']) {
      await lab.sql('UPDATE vault.chunk SET state = $1 WHERE id = $2', [
        state,
        Buffer.from(id, 'hex'),
      ]);
      expect(await index.pin([ref])).toEqual([ref]);
      expect((await index.reserve(asked(id)))[0]?.stored).toBe(false);
    }
  });

  test('tells a worker that was thought dead that its reservation is gone', async () => {
    const jobId = await lab.startJob();
    const index = openChunkIndex(lab.pool, jobId);
    const [made] = await index.reserve(asked(someId()));
    await lab.endJob(jobId, 'FAILED');
    await sweep();
    await expect(
      index.confirm([{ ref: made?.ref as ChunkRef, storedBytes: 9 }]),
    ).rejects.toMatchObject({ code: 'LEASE_LOST' });
  });

  test('holds a sweep back while a pin is being written', async () => {
    const made = await backup();
    await lab.sql('DELETE FROM vault.backup WHERE id = $1', [made.manifest.metadata.backupId]);
    const [ref] = made.manifest.tables.flatMap((table) => table.rope);
    const jobId = await lab.startJob();
    const client = await lab.connect();
    const key = [Buffer.from((ref as ChunkRef).id, 'hex'), String(ref?.generation)];
    await client.query('BEGIN');
    await client.query(
      'SELECT FROM vault.chunk WHERE id = $1 AND generation = $2 FOR KEY SHARE',
      key,
    );
    const sweeping = sweep();
    await sleep(300);
    await client.query('INSERT INTO vault.chunk_pin (job_id, id, generation) VALUES ($1, $2, $3)', [
      jobId,
      ...key,
    ]);
    await client.query('COMMIT');
    await client.end();
    await sweeping;
    await sweep();
    expect(await lab.store.has(chunkObject(ref as ChunkRef))).toBe(true);
  });
});
