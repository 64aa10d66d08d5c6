import { randomUUID } from 'node:crypto';
import type { Config } from '#config';
import { mapAhead } from '#engine/ahead.ts';
import { putVaultId, readVaultId } from '#engine/store/vault-identity.ts';
import { FiberkeepError } from '#errors';
import { recordAudit } from '#vault/audit.ts';
import { writeVault } from '../authority.ts';
import type { InPerson } from '../permit.ts';
import type { Server } from '../server.ts';
import { holdsAnything, otherServer, unsuitable } from './claim-vault.ts';
import { openStores, type Stores, vaultUrl } from './open-stores.ts';
import {
  findVaultPlace,
  forgetVaultPlace,
  isAtWork,
  lockVaultPlace,
  writeVaultPlace,
} from './vault-place-rows.ts';

export interface MovedVault {
  /** Where it lies now. */
  readonly url: string;
  readonly objects: number;
  readonly files: number;
  /** SHA-256 of contents that were damaged or gone here: they were left behind. */
  readonly damaged: readonly string[];
}

interface Move {
  readonly server: Server;
  readonly target: Stores;
  readonly signal: AbortSignal;
  /** Told of each object and file that is there, copied now or before. */
  readonly report: (what: 'objects' | 'files', count: number) => void;
}

/** Requests under way. */
const AT_ONCE = { most: 16 };

/**
 * Copies everything to the place that `config` names, then tells the database that it lies there; what is there already
 * is not copied again. No server may run on this database meanwhile. Nothing is removed here. Throws
 * VAULT_UNSUITABLE, VAULT_UNAVAILABLE, DISK_FULL.
 */
export async function moveVault(
  server: Server,
  permit: InPerson<'backup.configure'>,
  config: Pick<Config, 'dataDir' | 'vault'>,
  { signal, report }: Pick<Move, 'signal' | 'report'>,
): Promise<MovedVault> {
  const url = vaultUrl(config);
  if (url === vaultUrl(server.config)) throw unsuitable('vaultAlreadyThere', url);
  if (await isAtWork(server)) throw new FiberkeepError('CONFLICT', { reason: 'vaultInUse' });
  await using target = await openStores(config, server.keys, server.room);
  const move = { server, target, signal, report };
  const vaultId = config.vault ? await beginIn(move, url) : null;
  const objects = await copyObjects(move);
  const { files, damaged } = await copyFiles(move);
  await copyUploads(move);
  if (vaultId !== null) await endIn(move, url, vaultId);
  await enter(server, permit, url, vaultId);
  await target.store.delete('moving');
  return { url, objects, files, damaged };
}

/** Answers the id of the move: that of an earlier attempt, or a new one in an empty place. */
async function beginIn({ server, target: { store } }: Move, url: string): Promise<string> {
  const { keys } = server;
  const begun = await readVaultId(store, keys, 'moving').catch(otherServer(url));
  if (begun !== null) return begun;
  if (await holdsAnything(store)) throw unsuitable('vaultNotEmpty', url);
  const vaultId = randomUUID();
  await putVaultId(store, keys, vaultId, 'moving');
  return vaultId;
}

async function endIn({ server, target: { store } }: Move, url: string, vaultId: string) {
  await putVaultId(store, server.keys, vaultId);
  if ((await readVaultId(store, server.keys)) !== vaultId)
    throw unsuitable('vaultOfOtherDatabase', url);
}

async function enter(
  server: Server,
  permit: InPerson<'backup.configure'>,
  url: string,
  vaultId: string | null,
): Promise<void> {
  const { serverId } = server.keys;
  await writeVault(server, permit, async (tx) => {
    await lockVaultPlace(tx);
    const before = await findVaultPlace(tx);
    if (vaultId === null) await forgetVaultPlace(tx);
    else await writeVaultPlace(tx, { url, vaultId, serverId });
    await recordAudit(tx, {
      actor: permit.actor,
      action: 'vault.move',
      target: { kind: 'vault', id: vaultId ?? before?.vaultId ?? '', name: url },
      outcome: 'DONE',
    });
  });
}

const HEX = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'));
/** Chunks folder by folder: names of a million objects are not in memory at once. */
const FOLDERS = ['manifests/', 'heads/', 'maps/', ...HEX.map((two) => `chunks/${two}/`)];

async function copyObjects({ server, target, signal, report }: Move): Promise<number> {
  let objects = 0;
  for (const folder of FOLDERS) {
    const there = new Map<string, number>();
    for await (const { name, bytes } of target.store.list(folder)) there.set(name, bytes);
    const copied = mapAhead(server.store.list(folder), AT_ONCE, async ({ name, bytes }) => {
      if (there.get(name) !== bytes) await target.store.put(name, await server.store.get(name));
    });
    for await (const _ of copied) {
      signal.throwIfAborted();
      report('objects', ++objects);
    }
  }
  await target.store.sync();
  return objects;
}

/** The digest of each content is compared on the way. */
async function copyFiles({ server, target, signal, report }: Move) {
  const isThere = await target.files.asking(Number.POSITIVE_INFINITY);
  const damaged: string[] = [];
  let files = 0;
  const copied = mapAhead(server.files.list(), AT_ONCE, async ({ sha256 }) => {
    if (await isThere(sha256)) return;
    await target.files.write(sha256, server.files.read(sha256)).catch((thrown) => {
      if (!isDamage(thrown)) throw thrown;
      damaged.push(sha256);
    });
  });
  for await (const _ of copied) {
    signal.throwIfAborted();
    report('files', ++files);
  }
  return { files: files - damaged.length, damaged };
}

const DAMAGE = ['CHUNK_CORRUPT', 'CHUNK_MISSING', 'DIGEST_MISMATCH', 'FILE_MISSING'];

function isDamage(thrown: unknown): boolean {
  return thrown instanceof FiberkeepError && DAMAGE.includes(thrown.code);
}

/** Uploads that have not ended: their people go on sending, or their checks are still to come. */
async function copyUploads({ server, target, signal }: Move): Promise<void> {
  for await (const { id } of server.uploads.list()) {
    signal.throwIfAborted();
    const bytes = await server.uploads.received(id);
    if (bytes === null || (await target.uploads.received(id)) === bytes) continue;
    await target.uploads.remove(id);
    await target.uploads.create(id);
    await using source = await server.uploads.open(id);
    await target.uploads.append(id, 0, source.read(0), () => {});
  }
}
