import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '#config';
import { deriveKeys, type ServerKeys } from '#engine/sealing/keys.ts';
import { parseServerKey } from '#engine/sealing/server-key.ts';
import { FiberkeepError } from '#errors';
import { hasUsers } from '../accounts/account-rows.ts';
import { readKitKey } from '../recovery-kit/read-kit.ts';
import type { Server } from '../server.ts';

/** What a kit makes of a machine. */
export interface OpenedKit {
  /** 32 bytes. */
  readonly serverKey: Buffer;
  readonly keys: ServerKeys;
}

/** Throws KIT_UNREADABLE. */
export function openKit(kitText: string): OpenedKit {
  const serverKey = readKitKey(kitText);
  return { serverKey, keys: deriveKeys(serverKey) };
}

/** How this machine stands to a kit: it has no key yet, the same one, or that of another server. */
export type KeyHere = 'NONE' | 'SAME' | 'OTHER';

/** Throws CONFLICT where SERVER_KEY is the key of another server. */
export async function keyHere(
  { dataDir, serverKey }: Pick<Config, 'dataDir' | 'serverKey'>,
  { keys }: OpenedKit,
): Promise<KeyHere> {
  const file = path.join(dataDir, 'server.key');
  const text = serverKey ?? (await readFile(file, 'utf8').catch(() => null));
  const known = text === null ? null : parseServerKey(text);
  if (known === null) return 'NONE';
  if (deriveKeys(known).serverId === keys.serverId) return 'SAME';
  if (serverKey !== null) throw new FiberkeepError('CONFLICT', { reason: 'otherKeyInEnvironment' });
  return 'OTHER';
}

/** Throws CONFLICT unless this server was started and never used: its key opens nothing then, and may go. */
export async function assertUnused(server: Server): Promise<void> {
  const isUsed = (await hasUsers(server.plant)) || (await server.vault.backup.count()) > 0;
  if (isUsed) throw new FiberkeepError('CONFLICT', { reason: 'serverInUse' });
}
