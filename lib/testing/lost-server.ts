import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Backup } from '#generated/vault/client.ts';
import { createApiKey } from '#services/accounts/api-keys.ts';
import { hashPassword } from '#services/accounts/passwords.ts';
import { signIn } from '#services/accounts/sessions.ts';
import { ensureFirstAdministrator } from '#services/accounts/set-up.ts';
import { requestBackup } from '#services/backups/create-backup.ts';
import { requestSend } from '#services/external/send-backup.ts';
import { createDestination } from '#services/external/set-up-destination.ts';
import { requestSample } from '#services/network/load-sample.ts';
import { permit, permitInPerson, systemActor } from '#services/permit.ts';
import {
  beginRecoveryByLink,
  type RecoveryView,
  recoveryView,
} from '#services/recovery/recover-by-link.ts';
import { printRecoveryKit } from '#services/recovery-kit/recovery-kit.ts';
import type { Server } from '#services/server.ts';
import { EmptyServer } from './empty-server.ts';
import { openTestServer, type TestServer } from './server.ts';
import { startWorker, type TestWorker } from './worker.ts';

/** Who has an account on the lost server. */
export const person = { email: 'ana@example.net', password: 'correct horse battery staple' };
/** Where requests come from. */
export const client = { address: '192.0.2.9', userAgent: 'test', actor: null, deviceCookie: null };

export const configure = (server: Server) =>
  permitInPerson(server, systemActor, 'backup.configure');

/** A server with a sample network, an account, an API key, and one backup that was sent to a NAS. */
export class LostServer implements AsyncDisposable {
  readonly #opened: TestServer;
  readonly worker: TestWorker;
  /** The folder that the NAS is mounted at. */
  nas = '';
  kit = '';
  #backup: Backup | null = null;

  private constructor(opened: TestServer) {
    this.#opened = opened;
    this.worker = startWorker(opened.server);
  }

  static async open(): Promise<LostServer> {
    const lost = new LostServer(await openTestServer());
    const { server } = lost;
    lost.nas = await mkdtemp(path.join(tmpdir(), 'fiberkeep-nas-'));
    const mayImport = await permitInPerson(server, systemActor, 'network.import');
    await lost.succeeds(await requestSample(server, mayImport, 'small'));
    const actions = ['backup.view', 'apikeys.manage'];
    const role = await server.plant.role.create({
      data: { id: randomUUID(), name: 'Everything', actions },
    });
    const passwordHash = await hashPassword(person.password);
    const account = { name: 'Ana', email: person.email, roleId: role.id, passwordHash };
    await server.plant.user.create({ data: account });
    await makeKey(server);
    const mayCreate = await permit(server, systemActor, 'backup.create');
    const input = { name: 'Monday', comment: '', includeFiles: true };
    await lost.succeeds(await requestBackup(server, mayCreate, input));
    lost.#backup = await server.vault.backup.findFirstOrThrow();
    lost.kit = (await printRecoveryKit(server, await configure(server))).kit.text;
    const to = { name: 'NAS', ...lost.place };
    const { id } = await createDestination(server, await configure(server), to, { hasKit: true });
    const ids = { backupId: lost.backup.id, destinationId: id };
    await lost.succeeds(await requestSend(server, mayCreate, ids));
    return lost;
  }

  get server(): Server {
    return this.#opened.server;
  }

  /** Its server key, as SERVER_KEY holds one. */
  get key(): string {
    return this.#opened.env.SERVER_KEY ?? '';
  }

  get backup(): Backup {
    if (!this.#backup) throw new Error('There is no backup yet');
    return this.#backup;
  }

  /** The NAS, as a person names it. */
  get place() {
    return { url: `file://${this.nas}` };
  }

  /** Asserts that the job ends well. */
  async succeeds({ id }: { readonly id: string }): Promise<void> {
    const job = await this.worker.ended(id);
    expect(job.status, JSON.stringify(job.error)).toBe('SUCCEEDED');
  }

  /** Another server, which became this one from the NAS. */
  async recovered(): Promise<EmptyServer> {
    const empty = await EmptyServer.open();
    const token = await linkOf(empty.server);
    const input = { kit: this.kit, place: this.place, backupId: this.backup.id };
    await beginRecoveryByLink(empty.server, token, input, client);
    expect(await recoveryUntil(empty, token, isOver)).toMatchObject({ step: 'DONE' });
    return empty;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker.stop();
    await this.#opened[Symbol.asyncDispose]();
    await rm(this.nas, { recursive: true, force: true });
  }
}

async function makeKey(server: Server): Promise<void> {
  const { userId, token } = await signIn(server, person, client);
  expect(token).not.toBe('');
  const session = await server.vault.session.findFirstOrThrow({ where: { userId } });
  const actor = {
    ...systemActor,
    kind: 'PERSON',
    id: userId,
    name: 'Ana',
    sessionId: session.id,
  } as const;
  const mayMake = await permitInPerson(server, actor, 'apikeys.manage');
  await createApiKey(server, mayMake, { name: 'Copy to the office', actions: ['backup.view'] });
}

/** The token of the set-up link. */
export async function linkOf(server: Server): Promise<string> {
  return (await ensureFirstAdministrator(server))?.split('=')[1] ?? '';
}

/** The recovery once `wanted` is true for it. */
export async function recoveryUntil(
  empty: EmptyServer,
  token: string,
  wanted: (now: RecoveryView) => boolean,
): Promise<RecoveryView> {
  for (const deadline = Date.now() + 120_000; ; await sleep(50)) {
    const now = await recoveryView(empty.server, token, client);
    if (now && wanted(now)) return now;
    if (Date.now() > deadline)
      throw new Error(`The recovery is still at ${JSON.stringify(now?.step)}`);
  }
}

export const isOver = ({ step, failure }: RecoveryView) => step === 'DONE' || failure !== null;
