import { type ErrorDetails, FiberkeepError } from '#errors';
import { type DiskStoreOptions, openDiskStore } from './disk-store.ts';
import { type FolderAccess, placeUrl, type S3Access } from './place-access.ts';
import type { ObjectStore } from './port.ts';

export type VaultAccess = FolderAccess | S3Access;

/** The object store of this server. Its failures are VAULT_UNAVAILABLE, and DISK_FULL where it is full. */
export interface VaultStore extends AsyncDisposable {
  readonly url: string;
  readonly store: ObjectStore;
  /** Asks once whether the store answers, within seconds. Throws VAULT_UNAVAILABLE. */
  probe(): Promise<void>;
}

/** Somebody waits for the answer, and asks again soon. */
const IMPATIENT = { tries: 2, firstWaitMs: 200, longestWaitMs: 200, connectMs: 1000, idleMs: 2000 };

/** Opens the store without asking anything of a bucket: the server starts while that is away. */
export async function openVaultStore(
  access: VaultAccess,
  options: DiskStoreOptions = {},
): Promise<VaultStore> {
  const url = placeUrl(access);
  if (access.kind === 'FOLDER')
    return {
      url,
      store: await openDiskStore(access.folder, options),
      probe: async () => {},
      [Symbol.asyncDispose]: async () => {},
    };
  const { connectS3Place } = await import('./s3-place.ts');
  const place = connectS3Place(access);
  const impatient = connectS3Place(access, {}, IMPATIENT);
  return {
    url,
    store: failingAs(place.store, asVaultError),
    async probe() {
      await impatient.clock().catch((thrown) => {
        throw asVaultError(thrown);
      });
    },
    async [Symbol.asyncDispose]() {
      for (const one of [place, impatient]) await one[Symbol.asyncDispose]();
    },
  };
}

/** What a place throws, about the server's own store: no destination is to blame. */
export function asVaultError(thrown: unknown): unknown {
  if (!(thrown instanceof FiberkeepError) || thrown.code !== 'DESTINATION_UNUSABLE') return thrown;
  const { reason, params, cause } = thrown;
  if (reason === 'placeFull')
    return new FiberkeepError('DISK_FULL', {
      reason: 'vaultFull',
      params: params as { place: string },
      cause,
    });
  return new FiberkeepError('VAULT_UNAVAILABLE', { reason, params, cause } as ErrorDetails);
}

/** A far store, whose failures `asError` turns into others. */
function failingAs(store: ObjectStore, asError: (thrown: unknown) => unknown): ObjectStore {
  const told = <T>(work: Promise<T>): Promise<T> =>
    work.catch((thrown) => {
      throw asError(thrown);
    });
  async function* list(prefix: string) {
    try {
      yield* store.list(prefix);
    } catch (thrown) {
      throw asError(thrown);
    }
  }
  return {
    far: true,
    put: (name, bytes) => told(store.put(name, bytes)),
    putNew: (name, bytes) => told(store.putNew(name, bytes)),
    sync: () => told(store.sync()),
    get: (name) => told(store.get(name)),
    has: (name) => told(store.has(name)),
    delete: (name) => told(store.delete(name)),
    list,
    tidy: (before) => told(store.tidy(before)),
    freeBytes: () => told(store.freeBytes()),
  };
}
