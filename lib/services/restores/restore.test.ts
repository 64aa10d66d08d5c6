import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Backup, Restore } from '../../../generated/vault/client.ts';
import { copyDigest } from '../../testing/backups.ts';
import { someoneWaits } from '../../testing/network.ts';
import { fillPlant } from '../../testing/plant-rows.ts';
import { openTestServer, type TestServer } from '../../testing/server.ts';
import { startWorker, type TestWorker } from '../../testing/worker.ts';
import { lockPlantState } from '../../vault/plant-state.ts';
import { createSession, findSession } from '../../vault/sessions.ts';
import { requestBackup } from '../backups/create-backup.ts';
import type { JobRun } from '../jobs/job-run.ts';
import { type Action, type Actor, actions, localActor, permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { applyRestore } from './apply-restore.ts';
import { discardRestore } from './discard-restore.ts';
import { housekeepKeptPlants, migrateKeptPlants } from './kept-plants.ts';
import { canUndo, comparison, getRestore, listRestores, migrationsRun } from './restore-queries.ts';
import { requestStage, runStageRestore } from './stage-restore.ts';
import { undoRestore } from './undo-restore.ts';

const ANA = '00000000-0000-7000-8000-0000000000b1';
const RUI = '00000000-0000-7000-8000-0000000000b2';
const PROJECT = '00000000-0000-7000-8000-0000000000c1';

let opened: TestServer;
let server: Server;
let worker: TestWorker;

beforeEach(async () => {
  opened = await openTestServer();
  server = opened.server;
  const client = await opened.database.connect();
  await fillPlant(client, { poles: 100 });
  await client.end();
  worker = startWorker(server);
});

afterEach(async () => {
  await worker.stop();
  await opened[Symbol.asyncDispose]();
});

const ana: Actor = {
  ...localActor('Ana'),
  id: ANA,
  address: '192.0.2.1',
  actions: new Set(actions),
};
const may = <A extends Action>(action: A, actor = ana) => permit(server, actor, action);

async function create(name: string): Promise<Backup> {
  const input = { name, comment: '', includeFiles: true };
  const job = await worker.ended(
    (await requestBackup(server, await may('backup.create'), input)).id,
  );
  expect(job.status, job.errorMessage ?? '').toBe('SUCCEEDED');
  const { backupId } = job.result as { backupId: string };
  return server.vault.backup.findUniqueOrThrow({ where: { id: backupId } });
}

async function stage(backup: Backup): Promise<Restore> {
  const { restore, job } = await requestStage(server, await may('backup.restore'), backup.id);
  expect(restore.status).toBe('STAGING');
  const ended = await worker.ended(job.id);
  expect(ended.status, ended.errorMessage ?? '').toBe('SUCCEEDED');
  return getRestore(server, restore.id);
}

const apply = async (restore: Restore, more: object = {}) =>
  applyRestore(server, await may('backup.restore'), restore.id, {
    confirmName: restore.backupName,
    ...more,
  });
const undo = async (restore: Restore, more: object = {}) =>
  undoRestore(server, await may('backup.restore'), restore.id, more);

const addPole = (name: string) =>
  server.plant.pole.create({ data: { name, projectId: PROJECT, lat: 0, lng: 0 } });
const polesNamed = (name: string) => server.plant.pole.count({ where: { name } });
const epoch = async () =>
  (await server.vault.plantState.findUniqueOrThrow({ where: { id: 1 } })).epoch;

async function kept(restore: Restore, replacedBy = 'APPLY') {
  return server.vault.keptPlant.findFirstOrThrow({ where: { restoreId: restore.id, replacedBy } });
}

async function safetyBackup(restore: Restore, replacedBy = 'APPLY'): Promise<Backup> {
  const { safetyJobId } = await kept(restore, replacedBy);
  expect(await worker.ended(safetyJobId ?? '')).toMatchObject({ status: 'SUCCEEDED' });
  const { safetyBackupId } = await kept(restore, replacedBy);
  return server.vault.backup.findUniqueOrThrow({ where: { id: safetyBackupId ?? '' } });
}

/** The backup once its drill, which began by itself, has proven it. */
async function proven(backup: Backup): Promise<Backup> {
  const job = await server.vault.job.findFirstOrThrow({
    where: { kind: 'VERIFY_BACKUP', input: { path: ['backupId'], equals: backup.id } },
  });
  expect(await worker.ended(job.id)).toMatchObject({ status: 'SUCCEEDED' });
  return server.vault.backup.findUniqueOrThrow({ where: { id: backup.id } });
}

async function digest(schema = 'plant'): Promise<Record<string, string>> {
  const client = await opened.database.connect();
  const found: Record<string, string> = {};
  for (const table of [
    'pole',
    'box',
    'cable',
    'client',
    'post',
    'user_account',
    'role',
    'tag',
    'setting',
  ])
    found[table] = await copyDigest(client, schema, table);
  await client.end();
  return found;
}

async function schemas(prefix: string): Promise<string[]> {
  const { rows } = await server.pool.query(
    'SELECT nspname AS name FROM pg_namespace WHERE starts_with(nspname, $1)',
    [prefix],
  );
  return rows.map((row) => row.name);
}

describe('going back and forth', () => {
  test('a plant goes back to its backup whole, and undo brings back everything done before and after', async () => {
    const before = await digest();
    const backup = await create('Monday');
    await addPole('after the backup');
    const restore = await stage(backup);
    expect(restore).toMatchObject({ status: 'STAGED', missingFiles: 0, authorName: 'Ana' });
    expect(migrationsRun(restore)).toEqual([]);
    expect(await polesNamed('after the backup')).toBe(1);
    const epochBefore = await epoch();

    const applied = await apply(restore);
    expect(applied).toMatchObject({ status: 'APPLIED', appliedById: ANA, appliedByName: 'Ana' });
    expect(await digest()).toEqual(before);
    expect(await epoch()).toBe(epochBefore + 1n);
    expect(await canUndo(server, applied)).toBe(true);

    await addPole('after the restore');
    const undone = await undo(applied);
    expect(undone.status).toBe('UNDONE');
    expect(await canUndo(server, undone)).toBe(false);
    expect(await polesNamed('after the backup')).toBe(1);
    expect(await epoch()).toBe(epochBefore + 2n);

    const safety = await safetyBackup(applied, 'UNDO');
    const again = await apply(await stage(safety));
    expect(again.status).toBe('APPLIED');
    expect(await polesNamed('after the restore')).toBe(1);
  });

  test('the replaced plant gets a SAFETY backup with its files, complete to the last write', async () => {
    const backup = await create('Monday');
    const restore = await stage(backup);
    await addPole('the last write');
    const now = await digest();
    await apply(restore);
    const safety = await safetyBackup(restore);
    expect(safety).toMatchObject({
      kind: 'SAFETY',
      name: 'Before going back to: Monday',
      includesFiles: true,
    });
    const tables = safety.tables as { name: string; sha256: string }[];
    expect(tables.find(({ name }) => name === 'pole')?.sha256).toBe(now.pole);
  });

  test('an undone restore’s backup can be staged and applied again', async () => {
    const backup = await create('Monday');
    const first = await apply(await stage(backup));
    await undo(first);
    const second = await apply(await stage(backup));
    expect(await canUndo(server, second)).toBe(true);
    expect(await schemas('plant_prev_')).toHaveLength(2);
  });

  test('restores are undone newest first', async () => {
    const monday = await create('Monday');
    const first = await apply(await stage(monday));
    await addPole('between');
    const second = await apply(await stage(monday));
    expect(await canUndo(server, first)).toBe(false);
    await expect(undo(first)).rejects.toMatchObject({ code: 'CONFLICT' });
    await undo(second);
    expect(await polesNamed('between')).toBe(1);
    await undo(first);
    const { items } = await listRestores(server, await may('backup.view'), {});
    expect(items.map(({ id, status }) => [id, status])).toEqual([
      [second.id, 'UNDONE'],
      [first.id, 'UNDONE'],
    ]);
  });

  test('the comparison shows rows then and now', async () => {
    const backup = await create('Monday');
    await addPole('one');
    await addPole('two');
    const restore = await stage(backup);
    const table = (await comparison(server, restore))?.find(({ name }) => name === 'pole');
    expect(table).toEqual({ name: 'pole', rowsInBackup: 100n, rowsNow: 102n });
  });

  test('the catalogue, the jobs and the audit are not rewound', async () => {
    const backup = await create('Monday');
    const later = await create('Tuesday');
    await apply(await stage(backup));
    expect(await server.vault.backup.count({ where: { id: later.id } })).toBe(1);
    const audit = await server.vault.auditEvent.findMany({ where: { action: 'backup.apply' } });
    expect(audit).toMatchObject([
      { actorId: ANA, address: '192.0.2.1', outcome: 'DONE', targetName: 'Monday' },
    ]);
  });
});

describe('accounts', () => {
  test('people and roles come back, passwords and sessions of today stay', async () => {
    const backup = await create('Monday');
    const carla = await server.plant.user.create({
      data: {
        email: 'carla@example.net',
        name: 'Carla',
        passwordHash: 'h3',
        roleId: '00000000-0000-7000-8000-0000000000a2',
      },
    });
    await server.plant.user.update({
      where: { id: RUI },
      data: { passwordHash: 'changed', name: 'R.' },
    });
    const open = (userId: string) =>
      createSession(server.vault, { userId, address: '', userAgent: '' });
    const [ofAna, ofRui, ofCarla] = [await open(ANA), await open(RUI), await open(carla.id)];
    await apply(await stage(backup));
    expect(await server.plant.user.findUnique({ where: { id: RUI } })).toMatchObject({
      name: 'Rui',
      passwordHash: 'changed',
    });
    expect(await server.plant.user.findUnique({ where: { id: carla.id } })).toBeNull();
    expect(await findSession(server.vault, ofAna.token)).not.toBeNull();
    expect(await findSession(server.vault, ofRui.token)).not.toBeNull();
    expect(await findSession(server.vault, ofCarla.token)).toBeNull();
  });

  test('an account deleted since comes back disabled, which the audit names', async () => {
    const backup = await create('Monday');
    await server.plant.user.delete({ where: { id: RUI } });
    await apply(await stage(backup));
    expect(await server.plant.user.findUnique({ where: { id: RUI } })).toMatchObject({
      disabled: true,
    });
    const event = await server.vault.auditEvent.findFirstOrThrow({
      where: { action: 'backup.apply' },
    });
    expect(event.detail).toEqual({
      accounts: { disabled: { count: 1, first: ['rui@example.net'] } },
    });
  });
});

describe('files of posts', () => {
  async function addFile(text: string): Promise<string> {
    const bytes = (async function* () {
      yield Buffer.from(text);
    })();
    await using received = await server.files.receive(bytes, 1_000_000);
    await received.keep();
    const { sha256 } = received;
    await server.plant.storedFile.create({ data: { sha256, bytes: BigInt(text.length) } });
    return sha256;
  }
  const removeFile = (sha256: string) =>
    rm(path.join(opened.dataDir, 'files', sha256.slice(0, 2), sha256));

  async function textOf(sha256: string): Promise<string> {
    const pieces: Uint8Array[] = [];
    for await (const piece of server.files.read(sha256)) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  }

  test('come back from the backup where they are gone', async () => {
    const [photo, plan, empty] = [await addFile('photo'), await addFile('plan'), await addFile('')];
    const backup = await create('Monday');
    await removeFile(photo);
    await removeFile(empty);
    const restore = await stage(backup);
    expect(restore.missingFiles).toBe(0);
    expect(await Promise.all([photo, plan, empty].map(textOf))).toEqual(['photo', 'plan', '']);
  });

  test('that neither the backup nor the server has are counted', async () => {
    const photo = await addFile('photo');
    await removeFile(photo);
    const restore = await stage(await create('Monday'));
    expect(restore.missingFiles).toBe(1);
  });

  test('in any number are walked in order of their digest', async () => {
    const texts = Array.from({ length: 300 }, (_, n) => `file ${n}`);
    for (const text of texts) await addFile(text);
    const backup = await create('Monday');
    const sha256s = texts.map((text) => createHash('sha256').update(text).digest('hex'));
    for (const sha256 of sha256s.filter((_, n) => n % 3 === 0)) await removeFile(sha256);
    expect((await stage(backup)).missingFiles).toBe(0);
    expect(await Promise.all(sha256s.map(textOf))).toEqual(texts);
  });
});

describe('what is refused', () => {
  test('another name than the backup’s', async () => {
    const restore = await stage(await create('Monday'));
    await expect(apply(restore, { confirmName: 'monday' })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      fields: [{ path: 'confirmName' }],
    });
    expect((await getRestore(server, restore.id)).status).toBe('STAGED');
    await server.vault.backup.update({
      where: { id: restore.backupId },
      data: { name: 'Renamed' },
    });
    expect((await apply(restore, { confirmName: ' Renamed ' })).status).toBe('APPLIED');
  });

  test('a stage that is older than a day, or of another structure', async () => {
    const restore = await stage(await create('Monday'));
    const { id } = restore;
    const structure = restore.structure as object[];
    await server.vault.restore.update({ where: { id }, data: { goodUntil: new Date() } });
    await expect(apply(restore)).rejects.toMatchObject({ code: 'STAGE_STALE' });
    await server.vault.restore.update({
      where: { id },
      data: {
        goodUntil: restore.goodUntil,
        structure: [...structure, { name: '2', checksum: '', run: false }],
      },
    });
    await expect(apply(restore)).rejects.toMatchObject({ code: 'STAGE_STALE' });
    const failures = await server.vault.auditEvent.count({
      where: { action: 'backup.apply', outcome: 'FAILED' },
    });
    expect(failures).toBe(2);
  });

  test('a backup of a newer structure, at once', async () => {
    const backup = await create('Monday');
    await server.vault.backup.update({
      where: { id: backup.id },
      data: { structure: [...(backup.structure as object[]), { name: '9', checksum: '' }] },
    });
    await expect(
      requestStage(server, await may('backup.restore'), backup.id),
    ).rejects.toMatchObject({
      code: 'STRUCTURE_NEWER',
    });
    expect(await server.vault.job.count({ where: { kind: 'STAGE_RESTORE' } })).toBe(0);
  });

  test.each(['no id', uuidv7()])('a backup or restore that is not there: %s', async (id) => {
    const permit = await may('backup.restore');
    await expect(requestStage(server, permit, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(applyRestore(server, permit, id, { confirmName: '' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(undoRestore(server, permit, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(discardRestore(server, permit, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('the second of two people who apply the same restore at once', async () => {
    const restore = await stage(await create('Monday'));
    const outcomes = await Promise.allSettled([apply(restore), apply(restore)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(['RESTORE_ALREADY_APPLIED', 'CONFLICT']).toContain(refused?.reason.code);
    expect(await schemas('plant_prev_')).toHaveLength(1);
  });

  test('the second of two people who apply two restores at once', async () => {
    const backup = await create('Monday');
    const [one, other] = [await stage(backup), await stage(backup)];
    const outcomes = await Promise.allSettled([apply(one), apply(other)]);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.map((outcome) => outcome.reason.code)).toEqual(['CONFLICT']);
    expect(await schemas('plant_prev_')).toHaveLength(1);
  });

  test('a swap decided on a page from before another swap', async () => {
    const backup = await create('Monday');
    const read = await epoch();
    const first = await apply(await stage(backup));
    const second = await stage(backup);
    await expect(apply(second, { plantEpoch: read })).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(undo(first, { plantEpoch: read })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('an undo after its window', async () => {
    const restore = await apply(await stage(await create('Monday')));
    await server.vault.restore.update({
      where: { id: restore.id },
      data: { undoUntil: new Date() },
    });
    expect(await canUndo(server, restore)).toBe(false);
    await expect(undo(restore)).rejects.toMatchObject({ code: 'UNDO_WINDOW_OVER' });
  });
});

describe('beside other work', () => {
  /** A CREATE_BACKUP that holds the plant until it is cancelled. */
  async function holdPlantAsBackup(): Promise<string> {
    const id = uuidv7();
    await server.vault.job.create({
      data: {
        id,
        kind: 'CREATE_BACKUP',
        status: 'RUNNING',
        input: {},
        requestedByName: 'Ana',
        leaseUntil: new Date(Date.now() + 60_000),
      },
    });
    await server.vault.plantState.update({ where: { id: 1 }, data: { holderJobId: id } });
    return id;
  }

  test('a backup that reads the plant is not disturbed unless the person says so', async () => {
    const restore = await stage(await create('Monday'));
    const jobId = await holdPlantAsBackup();
    await expect(apply(restore)).rejects.toMatchObject({ code: 'BACKUP_RUNNING' });
    const cancelled = (async () => {
      await worker.until(jobId, (job) => job.cancelRequestedAt !== null);
      await server.vault.job.update({
        where: { id: jobId },
        data: { status: 'CANCELLED', endedAt: new Date() },
      });
    })();
    expect((await apply(restore, { cancelRunningBackup: true })).status).toBe('APPLIED');
    await cancelled;
    const audit = { action: 'backup.create.cancel', actorId: ANA };
    expect(await server.vault.auditEvent.count({ where: audit })).toBe(1);
  });

  test('an undo calls the SAFETY backup off, whether it waits or runs', async () => {
    const backup = await create('Monday');
    for (const running of [false, true]) {
      await worker.stop();
      const restore = await apply(await stagedBy(startWorker(server), backup));
      const jobId = (await kept(restore)).safetyJobId ?? '';
      let ending = Promise.resolve<unknown>(null);
      if (running) {
        await server.vault.job.update({
          where: { id: jobId },
          data: { status: 'RUNNING', leaseUntil: new Date(Date.now() + 60_000), fencingToken: 1n },
        });
        ending = endWhenAsked(jobId);
      }
      expect((await undo(restore)).status).toBe('UNDONE');
      await ending;
      expect(await server.vault.job.findUnique({ where: { id: jobId } })).toMatchObject({
        status: 'CANCELLED',
      });
      worker = startWorker(server);
      expect((await safetyBackup(restore, 'UNDO')).kind).toBe('SAFETY');
    }
  });

  async function stagedBy(helper: TestWorker, backup: Backup): Promise<Restore> {
    const { restore, job } = await requestStage(server, await may('backup.restore'), backup.id);
    await helper.ended(job.id);
    await helper.stop();
    return getRestore(server, restore.id);
  }

  async function endWhenAsked(id: string): Promise<void> {
    for (;;) {
      const job = await server.vault.job.findUniqueOrThrow({ where: { id } });
      if (job.cancelRequestedAt) break;
      await sleep(20);
    }
    const data = { status: 'CANCELLED', endedAt: new Date() };
    await server.vault.job.update({ where: { id }, data });
  }

  test('an undo that fails asks for the SAFETY backup again', async () => {
    const backup = await create('Monday');
    await worker.stop();
    const restore = await apply(await stagedBy(startWorker(server), backup));
    const first = await kept(restore);
    await server.vault.job.update({
      where: { id: first.safetyJobId ?? '' },
      data: { status: 'CANCELLED', endedAt: new Date() },
    });
    await expect(undo(restore, { plantEpoch: 999n })).rejects.toMatchObject({ code: 'CONFLICT' });
    const second = await kept(restore);
    expect(second.safetyJobId).not.toBe(first.safetyJobId);
    worker = startWorker(server);
    expect((await safetyBackup(restore)).kind).toBe('SAFETY');
  });

  test('a discarded stage is gone, also while it is made', async () => {
    const backup = await create('Monday');
    const staged = await stage(backup);
    const permit = await may('backup.restore');
    expect((await discardRestore(server, permit, staged.id)).status).toBe('DISCARDED');
    expect(await schemas('plant_stage_')).toEqual([]);
    const { restore, job } = await requestStage(server, permit, backup.id);
    expect((await discardRestore(server, permit, restore.id)).status).toBe('DISCARDED');
    expect(['CANCELLED', 'FAILED']).toContain((await worker.ended(job.id)).status);
    expect((await getRestore(server, restore.id)).status).toBe('DISCARDED');
    await expect.poll(() => schemas('plant_stage_'), { timeout: 20_000 }).toEqual([]);
    await expect(apply(staged)).rejects.toMatchObject({ code: 'CONFLICT' });
    const applied = await apply(await stage(backup));
    await expect(discardRestore(server, permit, applied.id)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'This restore was applied, so there is no stage to discard.',
    });
    await undo(applied);
    await expect(discardRestore(server, permit, applied.id)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'This restore was undone already, so there is no stage to discard.',
    });
  });

  test('a stage whose commit is not answered for is kept where it was committed', async () => {
    const backup = await create('Monday');
    await worker.stop();
    const unanswered = async (of: Server, run: JobRun) =>
      runStageRestore(of, {
        ...run,
        async commit(result, work) {
          await run.commit(result, work);
          throw new Error('Connection terminated unexpectedly');
        },
      });
    worker = startWorker(server, { STAGE_RESTORE: unanswered });
    const restore = await stage(backup);
    await worker.stop();
    worker = startWorker(server);
    expect((await apply(restore)).status).toBe('APPLIED');
  });

  test('a swap whose connection is lost leaves the old plant or the new one, and says which', async () => {
    const restore = await stage(await create('Monday'));
    await addPole('after the backup');
    let outcome = 'pending';
    const applying = apply(restore).then(
      () => (outcome = 'done'),
      () => (outcome = 'failed'),
    );
    while (outcome === 'pending') {
      await server.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND query ~ '^(LOCK TABLE|ALTER SCHEMA|COMMIT|SET LOCAL)'
            AND pid <> pg_backend_pid() AND state <> 'idle'`,
      );
    }
    await applying;
    const status = (await getRestore(server, restore.id)).status;
    expect(status).toBe(outcome === 'done' ? 'APPLIED' : 'STAGED');
    expect(await polesNamed('after the backup')).toBe(outcome === 'done' ? 0 : 1);
    if (status === 'STAGED') expect((await apply(restore)).status).toBe('APPLIED');
  });
});

describe('housekeeping', () => {
  const past = new Date(Date.now() - 1000);

  test('drops a kept plant when its window is over and its backup is proven, not before', async () => {
    const restore = await apply(await stage(await create('Monday')));
    const { schema } = await kept(restore);
    const safety = await proven(await safetyBackup(restore));
    const setSafety = (data: object) =>
      server.vault.backup.update({ where: { id: safety.id }, data });
    await housekeepKeptPlants(server);
    expect(await schemas('plant_prev_')).toEqual([schema]);
    await setSafety({ provenAt: null, restoreSeconds: null });
    await server.vault.keptPlant.update({ where: { schema }, data: { keepUntil: past } });
    await housekeepKeptPlants(server);
    expect(await schemas('plant_prev_')).toEqual([schema]);
    const { provenAt } = safety;
    await setSafety({ provenAt, drillFailedAt: new Date(), drillCode: 'VERIFY_FAILED' });
    await housekeepKeptPlants(server);
    expect(await schemas('plant_prev_')).toEqual([schema]);
    await setSafety({ drillFailedAt: null, drillCode: null });
    await housekeepKeptPlants(server);
    expect(await schemas('plant_prev_')).toEqual([]);
    expect((await kept(restore)).goneAt).not.toBeNull();
    expect(await canUndo(server, restore)).toBe(false);
  });

  test('keeps a plant whose SAFETY backup is missing, and has it made', async () => {
    const restore = await apply(await stage(await create('Monday')));
    const { schema } = await kept(restore);
    const safety = await safetyBackup(restore);
    await server.vault.backup.delete({ where: { id: safety.id } });
    await server.vault.keptPlant.update({ where: { schema }, data: { keepUntil: past } });
    await server.vault.job.updateMany({
      data: { endedAt: new Date(0) },
      where: { endedAt: { not: null } },
    });
    await housekeepKeptPlants(server);
    expect(await schemas('plant_prev_')).toEqual([schema]);
    await proven(await safetyBackup(restore));
    await housekeepKeptPlants(server);
    expect(await schemas('plant_prev_')).toEqual([]);
  });

  test('has a SAFETY backup that its drill found damaged made anew, after some hours', async () => {
    const restore = await apply(await stage(await create('Monday')));
    const { schema } = await kept(restore);
    const damaged = await proven(await safetyBackup(restore));
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
    const failed = (at: Date) =>
      server.vault.backup.update({
        where: { id: damaged.id },
        data: { drillFailedAt: at, drillCode: 'VERIFY_FAILED' },
      });
    await server.vault.job.updateMany({
      data: { endedAt: new Date(0) },
      where: { endedAt: { not: null } },
    });
    await failed(hoursAgo(1));
    await housekeepKeptPlants(server);
    expect((await kept(restore)).safetyBackupId).toBe(damaged.id);
    await failed(hoursAgo(7));
    await housekeepKeptPlants(server);
    const anew = await proven(await safetyBackup(restore));
    expect(anew.id).not.toBe(damaged.id);
    await server.vault.keptPlant.update({ where: { schema }, data: { keepUntil: past } });
    await housekeepKeptPlants(server);
    expect(await schemas('plant_prev_')).toEqual([]);
  });

  test('drops stages that are too old and schemas that nobody claims, and no other', async () => {
    const backup = await create('Monday');
    const [old, good] = [await stage(backup), await stage(backup)];
    await server.vault.restore.update({ where: { id: old.id }, data: { goodUntil: past } });
    await server.pool.query('CREATE SCHEMA plant_stage_dead');
    await housekeepKeptPlants(server);
    expect(await schemas('plant_stage_')).toEqual([good.stageSchema]);
    expect((await getRestore(server, old.id)).status).toBe('DISCARDED');
    expect((await apply(good)).status).toBe('APPLIED');
  });

  test('drops a stage that a stopped worker still holds on to', async () => {
    const stopped = await server.connect();
    stopped.on('error', () => {});
    await stopped.query('CREATE SCHEMA plant_stage_dead; CREATE TABLE plant_stage_dead.t (a int)');
    await stopped.query('BEGIN; INSERT INTO plant_stage_dead.t VALUES (1)');
    await housekeepKeptPlants(server);
    expect(await schemas('plant_stage_')).toEqual([]);
    await stopped.end().catch(() => {});
  });
});

describe('after an upgrade', () => {
  test('kept plants are brought to the structure of today, so that undo stays possible', async () => {
    const restore = await apply(await stage(await create('Monday')));
    const { schema } = await kept(restore);
    await safetyBackup(restore);
    await server.pool.query(`DROP SCHEMA ${schema} CASCADE; CREATE SCHEMA ${schema}`);
    await expect(undo(restore)).rejects.toMatchObject({ code: 'STAGE_STALE' });
    expect(await migrateKeptPlants(server)).toEqual([]);
    expect((await undo(restore)).status).toBe('UNDONE');
  });

  test('a kept plant that cannot follow is named and left as it is, and undo refuses it', async () => {
    const restore = await apply(await stage(await create('Monday')));
    const { schema } = await kept(restore);
    await safetyBackup(restore);
    await server.pool.query(`DELETE FROM ${schema}._prisma_migrations`);
    const poles = `SELECT count(*)::int AS count FROM ${schema}.pole`;
    const before = (await server.pool.query(poles)).rows;
    expect(await migrateKeptPlants(server)).toEqual([schema]);
    expect((await server.pool.query(poles)).rows).toEqual(before);
    await expect(undo(restore)).rejects.toMatchObject({ code: 'STAGE_STALE' });
  });

  test('kept plants wait for a swap that is under way', async () => {
    const swapping = await server.connect();
    await swapping.query('BEGIN');
    await lockPlantState(swapping);
    const migrating = migrateKeptPlants(server);
    await someoneWaits(server, 'SELECT epoch');
    await swapping.query('COMMIT');
    await swapping.end();
    expect(await migrating).toEqual([]);
  });
});
