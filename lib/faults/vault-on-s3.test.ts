import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { runProgram } from '#cli/run-program.ts';
import { readConfig } from '#config';
import { RUN, root } from '#launcher/root.ts';
import { printRecoveryKit } from '#services/recovery-kit/recovery-kit.ts';
import { openServer, type Server } from '#services/server.ts';
import { claimVault } from '#services/vault-store/claim-vault.ts';
import { moveVault } from '#services/vault-store/move-vault.ts';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { answering, failing, slowingDown } from '#testing/fault-proxy.ts';
import { collect, pieces, sha256Of } from '#testing/file-store-conformance.ts';
import { refusalOf } from '#testing/network.ts';
import { credentials, openVaultLab, s3Kinds, type VaultLab } from '#testing/vault-lab.ts';
import { startWorker } from '#testing/worker.ts';
import { assertWhole } from './whole.ts';
import { may, quickSweep, World } from './world.ts';

for (const [name, value] of Object.entries(credentials)) vi.stubEnv(name, value);

const WITHIN = 600_000;
const faulty = fileURLToPath(new URL('./faulty-worker.fixture.ts', import.meta.url));

let lab: VaultLab;
let database: TestDatabase;
let world: World;

/** A world whose vault is a prefix of its own. */
async function openWorld(): Promise<void> {
  database = await openTestDatabase();
  world = await World.open(database.url, { more: lab.env(`world-${randomUUID()}`) });
}

async function closeWorld(): Promise<void> {
  lab.proxy.faults.length = 0;
  await world[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
}

describe.each(s3Kinds)('a server whose vault lies on %s', { timeout: WITHIN }, (kind) => {
  beforeAll(async () => {
    lab = await openVaultLab(kind);
  }, WITHIN);
  afterAll(() => lab[Symbol.asyncDispose]());
  beforeEach(openWorld, WITHIN);
  afterEach(closeWorld);

  test('makes backups, tests, restores and takes back, and sweeps what nobody needs', async () => {
    const earlier = await world.backup('earlier');
    await world.addFile(randomBytes(9_000_000));
    await world.goOn('later');
    await world.backup('later');
    const restore = await world.apply(await world.stage(earlier));
    await world.settle();
    await world.undo(restore);
    await world.settle();
    const { id } = await world.requestRestoreTest(earlier.id);
    await world.settle();
    expect(await world.job(id)).toMatchObject({ status: 'SUCCEEDED' });
    await world.delete(earlier);
    await world.settle();
    await assertWhole(world, await world.plant());
    const { DATA_DIR = '' } = world.env;
    expect(await readdir(DATA_DIR)).toEqual([]);
  });
});

describe('a vault on S3', { timeout: WITHIN }, () => {
  beforeAll(async () => {
    lab = await openVaultLab('the strict double');
  });
  afterAll(() => lab[Symbol.asyncDispose]());
  beforeEach(openWorld, WITHIN);
  afterEach(closeWorld);

  const every = (method: string) => (request: { method: string }) => request.method === method;

  /** Runs what is queued, whatever becomes of it. */
  async function failed(jobId: string) {
    await world.settle();
    const job = await world.job(jobId);
    expect(job.status).toBe('FAILED');
    return job.error as { code: string; reason: string };
  }

  test('that asks for patience gets it: backup and restore end well', async () => {
    lab.proxy.faults.push({ on: every('PUT'), fault: slowingDown, times: 3 });
    const made = await world.backup('slow');
    lab.proxy.faults.push({ on: every('GET'), fault: slowingDown, times: 3 });
    await world.stage(made);
    expect(lab.proxy.faults.every(({ times }) => times === 0)).toBe(true);
  });

  test('that stays away fails a job with its reason, and nothing is lost', async () => {
    const earlier = await world.backup('earlier');
    await world.goOn('later');
    lab.proxy.faults.push({ on: every('PUT'), fault: slowingDown });
    const { id } = await world.requestBackup('refused');
    expect(await failed(id)).toMatchObject({ code: 'VAULT_UNAVAILABLE', reason: 'placeFailed' });
    lab.proxy.faults[0] = { on: every('GET'), fault: failing };
    const { job } = await world.requestStage(earlier.id);
    expect(await failed(job.id)).toMatchObject({ code: 'VAULT_UNAVAILABLE' });
    lab.proxy.faults.length = 0;
    await world.backup('again');
    await assertWhole(world, await world.plant());
  });

  test('that is full says DISK_FULL', async () => {
    lab.proxy.faults.push({ on: every('PUT'), fault: answering(403, 'QuotaExceeded') });
    const { id } = await world.requestBackup('too much');
    expect(await failed(id)).toMatchObject({ code: 'DISK_FULL', reason: 'vaultFull' });
  });

  test.each(['files', 'before commit'])(
    'loses nothing by a worker killed at “%s”',
    async (step) => {
      const before = await world.plant();
      const { id } = await world.requestBackup('wanted');
      const env = { ...process.env, ...world.env, DIE_AT: step };
      const worker: ChildProcess = spawn(process.execPath, [RUN, faulty], {
        env,
        stdio: 'inherit',
      });
      const [, signal] = await once(worker, 'exit');
      expect(signal).toBe('SIGKILL');
      await world.expireLeases();
      await world.settle();
      expect(await world.job(id)).toMatchObject({ status: 'SUCCEEDED', attempts: 2 });
      await assertWhole(world, before);
    },
  );

  test('is moved from the folder, into another bucket’s prefix and back, whole', async () => {
    await using folder = await openFolder();
    const inFolder = readConfig({ ...world.env, DATA_DIR: folder.path, VAULT_URL: '' });
    await world.backup('kept');
    const upload = randomUUID();
    await world.server.uploads.append(upload, 0, pieces(randomBytes(5_000_000)), () => {});
    const before = await world.plant();
    const permit = await may(world.server, 'backup.configure');
    const quiet = { signal: new AbortController().signal, report: () => {} };

    // It breaks off once, and goes on.
    const elsewhere = readConfig({ ...world.env, ...lab.env(`moved-${randomUUID()}`) });
    const isMoved = ({ method, url }: { method: string; url: string }) =>
      method === 'PUT' && url.includes('/moved-') && url.includes('/files/');
    lab.proxy.faults.push({ on: isMoved, fault: answering(403, 'AccessDenied') });
    const error = await refusalOf(moveVault(world.server, permit, elsewhere, quiet));
    expect(error).toMatchObject({ code: 'VAULT_UNAVAILABLE', reason: 'placeRefused' });
    await claimVault(world.server);
    expect((await refusalOf(starting(elsewhere))).reason).toBe('vaultElsewhere');
    lab.proxy.faults.length = 0;

    const moved = await moveVault(world.server, permit, elsewhere, quiet);
    expect(moved).toMatchObject({ files: 4, damaged: [] });
    expect((await refusalOf(claimVault(world.server))).reason).toBe('vaultElsewhere');
    await using there = await serving(elsewhere);
    await claimVault(there);
    expect(await there.uploads.received(upload)).toBe(5_000_000);
    expect((await refusalOf(moveVault(there, permit, elsewhere, quiet))).reason).toBe(
      'vaultAlreadyThere',
    );

    await moveVault(there, permit, inFolder, quiet);
    await using back = await serving(inFolder);
    await claimVault(back);
    expect(await back.uploads.received(upload)).toBe(5_000_000);
    const home = world.on(back, { ...world.env, DATA_DIR: folder.path, VAULT_URL: '' });
    await assertWhole(home, before);
  });

  test('is enough, with the kit, for a server whose database is lost', async () => {
    await using folder = await openFolder();
    await world.backup('the last');
    const { DATA_DIR: _, ...env } = world.env;
    const permit = await may(world.server, 'backup.configure');
    const kit = path.join(folder.path, 'kit.txt');
    await writeFile(kit, (await printRecoveryKit(world.server, permit)).kit.text);
    await using emptied = await openTestDatabase({ migrated: false });
    const recovering = {
      ...process.env,
      ...env,
      DATABASE_URL: emptied.url,
      DATA_DIR: path.join(folder.path, 'data'),
      DESTINATION_PRIVATE_NETWORKS: '127.0.0.0/8',
      SERVER_KEY: '',
      LC_ALL: 'C',
    };
    const { VAULT_URL: from = '' } = world.env;
    const command = ['recover', '--kit', kit, '--from', from, '--endpoint', lab.proxy.endpoint];
    const run = (VAULT_URL: string) =>
      runProgram(
        [RUN, path.join(root, 'lib/cli/main.ts'), ...command, '--yes', '--json'],
        { ...recovering, VAULT_URL },
        new AbortController().signal,
      );
    const same = await run(from);
    expect(JSON.parse(same.output).error).toMatchObject({
      reason: 'placeIsOwnVault',
      hint: expect.stringContaining('another prefix in VAULT_URL'),
    });
    const elsewhere = lab.env(`recovered-${randomUUID()}`).VAULT_URL ?? '';
    const { code, errors } = await run(elsewhere);
    expect(`${code} ${errors}`).toMatch(/^0 /);
    const config = readConfig({ ...recovering, SERVER_KEY: env.SERVER_KEY, VAULT_URL: elsewhere });
    await using server = await serving(config);
    await claimVault(server);
    const back = world.on(server, { ...world.env, VAULT_URL: elsewhere });
    const { setting: _s, ...before } = await world.plant();
    expect(await back.plant()).toMatchObject(before);
    for (const { sha256 } of await server.plant.storedFile.findMany())
      expect(await server.files.has(sha256)).toBe(true);
  });

  test('is one for two machines, which share nothing else', async () => {
    await using folder = await openFolder();
    const env = { ...world.env, DATA_DIR: folder.path };
    await using other = await serving(readConfig(env));
    await claimVault(other);
    const [small, large] = [randomBytes(300_000), randomBytes(9_000_000)];
    for (const body of [small, large]) await world.addFile(body);
    for (const body of [small, large])
      expect((await collect(other.files.read(sha256Of(body)))).equals(body)).toBe(true);
    const upload = randomUUID();
    await world.server.uploads.append(upload, 0, pieces(large.subarray(0, 5_000_000)), () => {});
    await other.uploads.append(upload, 5_000_000, pieces(large.subarray(5_000_000)), () => {});
    await using sent = await world.server.uploads.open(upload);
    expect((await collect(sent.read(0))).equals(large)).toBe(true);
    await world.server.uploads.remove(upload);

    // Asked for on one machine, made on the other, and restored on the first.
    const { id } = await world.requestBackup('made elsewhere');
    const worker = startWorker(other, { SWEEP: quickSweep });
    const job = await worker.ended(id);
    await worker.stop();
    expect(job.status).toBe('SUCCEEDED');
    const { backupId = '' } = job.result as { backupId?: string };
    await world.stage(
      await world.server.vault.backup.findUniqueOrThrow({ where: { id: backupId } }),
    );
    expect(await readdir(folder.path)).toEqual([]);
  });
});

async function openFolder() {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-machine-'));
  return {
    path: folder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function serving(config: ReturnType<typeof readConfig>): Promise<Server & AsyncDisposable> {
  const server = await openServer(config);
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.close() });
}

async function starting(config: ReturnType<typeof readConfig>): Promise<void> {
  await using server = await serving(config);
  await claimVault(server);
}
