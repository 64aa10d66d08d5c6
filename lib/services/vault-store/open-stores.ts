import path from 'node:path';
import type { Config } from '#config';
import type { ServerKeys } from '#engine/sealing/keys.ts';
import { placeUrl } from '#engine/store/place-access.ts';
import type { ObjectStore } from '#engine/store/port.ts';
import { openVaultStore, type VaultAccess, type VaultStore } from '#engine/store/vault-store.ts';
import { type FileStore, openFileStore } from '#plant/file-store.ts';
import { type DiskRoom, filesWithin, storeWithin } from '../disk-room.ts';
import { openFolderUploads } from '../uploads/folder-uploads.ts';
import { ObjectUploads } from '../uploads/object-uploads.ts';
import type { UploadBytes } from '../uploads/upload-bytes.ts';
import { ObjectFiles } from './object-files.ts';

/** Everything that is no row of the database. */
export interface Stores extends AsyncDisposable, Pick<VaultStore, 'probe'> {
  /** Chunks, manifests and heads. */
  readonly store: ObjectStore;
  /** Contents of the posts' files. */
  readonly files: FileStore;
  /** Bytes of uploads. */
  readonly uploads: UploadBytes;
}

/** Folders under `dataDir`, whose writers leave the reserve, or the bucket, of which nobody knows how full it is. */
export async function openStores(
  config: Pick<Config, 'dataDir' | 'vault'>,
  keys: ServerKeys,
  room: DiskRoom,
): Promise<Stores> {
  const opened = await openVaultStore(vaultAccess(config));
  const { probe } = opened;
  const close = () => opened[Symbol.asyncDispose]();
  if (config.vault) {
    const { store } = opened;
    const [files, uploads] = [new ObjectFiles(store, keys), new ObjectUploads(store)];
    return { store, files, uploads, probe, [Symbol.asyncDispose]: close };
  }
  const folder = (name: string) => path.join(config.dataDir, name);
  return {
    store: storeWithin(room, opened.store),
    files: filesWithin(room, await openFileStore(folder('files'))),
    uploads: openFolderUploads(folder('uploads'), room),
    probe,
    [Symbol.asyncDispose]: close,
  };
}

/** As people write it, without secrets. */
export function vaultUrl(config: Pick<Config, 'dataDir' | 'vault'>): string {
  return placeUrl(vaultAccess(config));
}

export function vaultAccess({ dataDir, vault }: Pick<Config, 'dataDir' | 'vault'>): VaultAccess {
  return vault ?? { kind: 'FOLDER', folder: path.join(dataDir, 'vault') };
}
