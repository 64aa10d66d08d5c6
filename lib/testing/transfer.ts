import { randomBytes } from 'node:crypto';
import type { Backup } from '#generated/vault/client.ts';
import { requestBackup } from '#services/backups/create-backup.ts';
import { addPostFile } from '#services/network/post-files.ts';
import { localActor, type Permit, permit } from '#services/permit.ts';
import type { Server } from '#services/server.ts';
import { openTestWeb, type TestWeb } from './byte-routes.ts';
import { startWorker, type TestWorker } from './worker.ts';

/** A server with its byte routes and a worker, and a small plant with files. */
export interface TransferLab extends AsyncDisposable {
  readonly web: TestWeb;
  readonly server: Server;
  readonly worker: TestWorker;
  /** Adds a post with a file of `bytes` random bytes. */
  addFile(bytes: number): Promise<void>;
  createBackup(name: string): Promise<Backup>;
}

/** `now`: the clock of its nights. */
export async function openTransferLab(options: { now?: () => Date } = {}): Promise<TransferLab> {
  const web = await openTestWeb(options);
  const { server } = web;
  const worker = startWorker(server);
  const actor = { ...localActor('Ana'), address: '10.0.0.1' };
  const mayEdit = await permit(server, actor, 'network.edit');
  const mayCreate = await permit(server, actor, 'backup.create');
  await addProjects(server, 2000);
  return {
    web,
    server,
    worker,
    addFile: (bytes) => addFile(server, mayEdit, bytes),
    async createBackup(name) {
      const input = { name, comment: 'for the tests', includeFiles: true };
      const job = await worker.ended((await requestBackup(server, mayCreate, input)).id);
      if (job.status !== 'SUCCEEDED')
        throw new Error(`${job.status}: ${JSON.stringify(job.error)}`);
      const { backupId } = job.result as { backupId: string };
      return server.vault.backup.findUniqueOrThrow({ where: { id: backupId } });
    },
    async [Symbol.asyncDispose]() {
      await worker.stop();
      await web[Symbol.asyncDispose]();
    },
  };
}

async function addProjects(server: Server, count: number): Promise<void> {
  const data = Array.from({ length: count }, (_, n) => ({
    name: `Project ${n}\t${randomBytes(12).toString('hex')}`,
  }));
  await server.plant.project.createMany({ data });
}

/** Adds a post with a file of `bytes` random bytes. */
export async function addFile(server: Server, mayEdit: Permit<'network.edit'>, bytes: number) {
  const project = await server.plant.project.findFirstOrThrow();
  const post = await server.plant.post.create({ data: { title: 'Files', projectId: project.id } });
  const content = randomBytes(bytes);
  await addPostFile(server, mayEdit, null, post.id, {
    name: 'photo.bin',
    mediaType: 'application/octet-stream',
    bytes: (async function* () {
      yield content;
    })(),
  });
}
