import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { encodeManifest, manifestObjectName, sealManifest } from '#engine/backup/manifest.ts';
import { readOwner, takeOwnership } from '#engine/external/owner.ts';
import type { BackupKind, Manifest } from '#engine/ports.ts';
import type { ServerKeys } from '#engine/sealing/keys.ts';
import { openPlace } from '#engine/store/open-place.ts';
import { keysOfKit } from './crafted.ts';

interface Planted {
  readonly name: string;
  readonly createdAt: Date;
  readonly kind?: BackupKind;
  /** It names a chunk that is nowhere. */
  readonly damaged?: boolean;
}

/** Writes the manifest of a backup into a place, as this server would have: one without tables and files. */
export async function plantCopy(page: Page, folder: string, planted: Planted): Promise<void> {
  const keys = await keysOfKit(page);
  const backupId = randomUUID();
  const { json } = encodeManifest(manifestOf(keys, backupId, planted));
  const object = path.join(folder, manifestObjectName(backupId, 1n));
  await mkdir(path.dirname(object), { recursive: true });
  await writeFile(object, await sealManifest(keys, backupId, json));
}

/** Writes a manifest that nobody can open. */
export async function plantUnreadable(folder: string): Promise<void> {
  const object = path.join(folder, manifestObjectName(randomUUID(), 1n));
  await mkdir(path.dirname(object), { recursive: true });
  await writeFile(object, 'altered by somebody');
}

/** Makes another server of the same key the owner of the place. */
export async function takeAsAnother(page: Page, folder: string): Promise<void> {
  const keys = await keysOfKit(page);
  await using place = await openPlace({ kind: 'FOLDER', folder });
  const owner = await readOwner(place.store, keys);
  const epoch = (owner?.epoch ?? 0) + 1;
  const since = new Date().toISOString();
  await takeOwnership(place.store, keys, { epoch, ownerId: randomUUID(), since });
}

function manifestOf(
  { serverId }: ServerKeys,
  backupId: string,
  { name, createdAt, kind = 'MANUAL', damaged = false }: Planted,
): Manifest {
  const nothing = createHash('sha256').update('').digest('hex');
  const missing = {
    id: randomBytes(32).toString('hex'),
    generation: 999_999n,
    codec: 'none' as const,
    plainBytes: 10,
  };
  const table = {
    name: 'pole',
    columns: ['id'],
    rows: 1,
    bytes: 10,
    sha256: nothing,
    digest: nothing,
  };
  return {
    format: 1,
    metadata: {
      ...{ backupId, serverId, name, givenName: null, comment: '', kind },
      author: { kind: 'SERVER', id: null, name: '' },
      createdAt: createdAt.toISOString(),
      scheduledFor: null,
      includesFiles: true,
    },
    structure: [],
    tables: damaged ? [{ ...table, rope: [missing] }] : [],
    files: { count: 0, bytes: 0, digest: nothing, list: [] },
  };
}
