import { expect } from 'vitest';
import type { Backup, Restore } from '#generated/vault/client.ts';
import { requestBackup } from '#services/backups/create-backup.ts';
import { type Action, actions, type Caller, localActor, permitInPerson } from '#services/permit.ts';
import { applyRestore } from '#services/restores/apply-restore.ts';
import { getRestore } from '#services/restores/restore-queries.ts';
import { requestStage } from '#services/restores/stage-restore.ts';
import { undoRestore } from '#services/restores/undo-restore.ts';
import type { Server } from '#services/server.ts';
import type { JobRuns } from '#worker/run-worker.ts';
import { copyDigest } from './backups.ts';
import { admit } from './people.ts';
import { fillPlant } from './plant-rows.ts';
import { openTestServer, type TestServer } from './server.ts';
import { startWorker, type TestWorker } from './worker.ts';

export const ANA = '00000000-0000-7000-8000-0000000000b1';
export const RUI = '00000000-0000-7000-8000-0000000000b2';
const PROJECT = '00000000-0000-7000-8000-0000000000c1';
const digested = [
  'pole',
  'box',
  'cable',
  'client',
  'post',
  'user_account',
  'role',
  'tag',
  'setting',
];

export const ana = {
  ...localActor('Ana'),
  kind: 'PERSON' as const,
  id: ANA,
  address: '192.0.2.1',
  actions: new Set(actions),
  sessionId: '00000000-0000-7000-8000-0000000000a1',
} satisfies Caller;

/** A server with a plant of 100 poles and a worker, and what tests of restores do with them. */
export async function openRestoreLab(env: Record<string, string> = {}): Promise<RestoreLab> {
  const opened = await openTestServer({ env });
  const client = await opened.database.connect();
  await fillPlant(client, { poles: 100 });
  await client.end();
  await admit(opened.server.pool, ana);
  return new RestoreLab(opened);
}

export class RestoreLab implements AsyncDisposable {
  readonly opened: TestServer;
  worker: TestWorker;

  constructor(opened: TestServer) {
    this.opened = opened;
    this.worker = startWorker(opened.server);
  }

  get server(): Server {
    return this.opened.server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker.stop();
    await this.opened[Symbol.asyncDispose]();
  }

  /** Starts another worker, after the test has stopped the one before. */
  startWorker(runs: JobRuns = {}): void {
    this.worker = startWorker(this.server, runs);
  }

  may<A extends Action>(action: A, actor: Caller = ana) {
    return permitInPerson(this.server, actor, action);
  }

  async create(name: string): Promise<Backup> {
    const input = { name, comment: '', includeFiles: true };
    const asked = await requestBackup(this.server, await this.may('backup.create'), input);
    const job = await this.worker.ended(asked.id);
    expect(job.status, JSON.stringify(job.error)).toBe('SUCCEEDED');
    const { backupId } = job.result as { backupId: string };
    return this.server.vault.backup.findUniqueOrThrow({ where: { id: backupId } });
  }

  async stage(backup: Backup): Promise<Restore> {
    const mayRestore = await this.may('backup.restore');
    const { restore, job } = await requestStage(this.server, mayRestore, backup.id);
    expect(restore.status).toBe('STAGING');
    const ended = await this.worker.ended(job.id);
    expect(ended.status, JSON.stringify(ended.error)).toBe('SUCCEEDED');
    return getRestore(this.server, restore.id);
  }

  async apply(restore: Restore, more: object = {}) {
    const confirmed = { confirmName: restore.backupName, ...more };
    return applyRestore(this.server, await this.may('backup.restore'), restore.id, confirmed);
  }

  async undo(restore: Restore, more: object = {}) {
    return undoRestore(this.server, await this.may('backup.restore'), restore.id, more);
  }

  addPole(name: string) {
    return this.server.plant.pole.create({ data: { name, projectId: PROJECT, lat: 0, lng: 0 } });
  }

  polesNamed(name: string): Promise<number> {
    return this.server.plant.pole.count({ where: { name } });
  }

  async epoch(): Promise<bigint> {
    return (await this.server.vault.plantState.findUniqueOrThrow({ where: { id: 1 } })).epoch;
  }

  kept(restore: Restore, replacedBy = 'APPLY') {
    const where = { restoreId: restore.id, replacedBy };
    return this.server.vault.keptPlant.findFirstOrThrow({ where });
  }

  async safetyBackup(restore: Restore, replacedBy = 'APPLY'): Promise<Backup> {
    const { safetyJobId } = await this.kept(restore, replacedBy);
    expect(await this.worker.ended(safetyJobId ?? '')).toMatchObject({ status: 'SUCCEEDED' });
    const { safetyBackupId } = await this.kept(restore, replacedBy);
    return this.server.vault.backup.findUniqueOrThrow({ where: { id: safetyBackupId ?? '' } });
  }

  /** The backup, once the restore test that the server began has succeeded. */
  async tested(backup: Backup): Promise<Backup> {
    const job = await this.server.vault.job.findFirstOrThrow({
      where: { kind: 'TEST_BACKUP', input: { path: ['backupId'], equals: backup.id } },
    });
    expect(await this.worker.ended(job.id)).toMatchObject({ status: 'SUCCEEDED' });
    return this.server.vault.backup.findUniqueOrThrow({ where: { id: backup.id } });
  }

  async digest(schema = 'plant'): Promise<Record<string, string>> {
    const client = await this.opened.database.connect();
    const found: Record<string, string> = {};
    for (const table of digested) found[table] = await copyDigest(client, schema, table);
    await client.end();
    return found;
  }

  async schemas(prefix: string): Promise<string[]> {
    const { rows } = await this.server.pool.query(
      'SELECT nspname AS name FROM pg_namespace WHERE starts_with(nspname, $1)',
      [prefix],
    );
    return rows.map((row) => row.name);
  }
}
