import { createHash } from 'node:crypto';
import { FiberkeepError } from '#errors';
import { chunkObject, openChunk } from '../chunks/chunk.ts';
import type { ChunkRef, Manifest, Report } from '../ports.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { Place } from '../store/place.ts';
import type { ObjectStore } from '../store/port.ts';
import type { StorageClass } from '../store/storage-class.ts';
import { chunkBatches, hotChunks, plainBytesOf } from './chunk-batches.ts';
import { forEachOf } from './for-each-of.ts';
import type { LockTerm } from './lock-term.ts';

/** An object as it lies in a place. */
export interface PlacedObject {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of the object's bytes. */
  readonly sha256: Buffer;
}

/** How objects are put into a place. */
export interface PutHow {
  /** Null: not locked. */
  readonly lockedUntil: Date | null;
  /** Null: as the bucket has it. */
  readonly storageClass: StorageClass | null;
}

/** As the place puts objects by itself. */
export const plainly: PutHow = { lockedUntil: null, storageClass: null };

/** What a server knows of the objects in one place. Each is entered before it is sent. */
export interface Inventory {
  /** Of `names`, those that do not lie in the place whole. They are entered, and none of `names` is removed any more. */
  enter(names: readonly string[]): Promise<readonly string[]>;
  /** Records objects that lie in the place whole. */
  placed(objects: readonly PlacedObject[], how: PutHow): Promise<void>;
  /** Of `names`, those that lie there whole in a class of their own. */
  inClass(names: readonly string[]): Promise<readonly string[]>;
  /** Of `names`, those that lie there whole and whose lock ends before this. */
  lockedLess(names: readonly string[], atLeast: Date): Promise<readonly string[]>;
  locked(objects: readonly { readonly name: string; readonly until: Date }[]): Promise<void>;
}

export interface SendRequest {
  readonly manifest: Manifest;
  /** The name of the manifest's object, here and there. */
  readonly manifestObject: string;
  /** Where the backup is. */
  readonly store: ObjectStore;
  readonly keys: ServerKeys;
  readonly place: Place;
  readonly inventory: Inventory;
  /** Null: objects are not locked. */
  readonly lock: LockTerm | null;
  /** Of the chunks that hold contents; null: as the bucket has it. Everything else is read too often for one. */
  readonly storageClass: StorageClass | null;
  /** Waits until so many bytes more may be sent. */
  pace(bytes: number): Promise<void>;
  /** Throws where another server owns the place by now. Called before anything that other owners would see. */
  assertOwned(): Promise<void>;
  readonly report: Report;
  readonly signal: AbortSignal;
}

export interface Sent {
  readonly objects: number;
  readonly bytes: number;
}

const AT_ONCE = 8;

/**
 * Sends a backup to a place: the chunks that it lacks, then the manifest. Every chunk is opened before it is sent,
 * so no damaged one leaves. Interrupted at any point, the next run goes on where it stopped. Throws CHUNK_MISSING
 * and CHUNK_CORRUPT for what is wrong here, DESTINATION_UNUSABLE for what is wrong there.
 */
export async function sendBackup(request: SendRequest): Promise<Sent> {
  const { manifest, store, keys, report } = request;
  const sending = new Sending(request);
  const total = plainBytesOf(manifest);
  // Its backup may be deleted here meanwhile: its chunks are pinned, its manifest is not.
  const sealed = await store.get(request.manifestObject);
  let done = 0;
  for await (const refs of chunkBatches(store, keys, manifest)) {
    await sending.chunks(refs);
    done += refs.reduce((sum, { plainBytes }) => sum + plainBytes, 0);
    report('sending', Math.min(done, total), total, 'bytes');
  }
  await request.assertOwned();
  await sending.object(request.manifestObject, sealed);
  return sending.sent;
}

class Sending {
  readonly #request: SendRequest;
  /** Objects that every reader of the backup reads first. */
  readonly #hot: ReadonlySet<string>;
  #objects = 0;
  #bytes = 0;

  constructor(request: SendRequest) {
    this.#request = request;
    this.#hot = hotChunks(request.manifest);
  }

  get sent(): Sent {
    return { objects: this.#objects, bytes: this.#bytes };
  }

  async chunks(refs: readonly ChunkRef[]): Promise<void> {
    const isHot = (ref: ChunkRef) => this.#hot.has(chunkObject(ref));
    await this.#chunks(refs.filter(isHot), null);
    await this.#chunks(
      refs.filter((ref) => !isHot(ref)),
      this.#request.storageClass,
    );
  }

  async #chunks(refs: readonly ChunkRef[], storageClass: StorageClass | null): Promise<void> {
    const { store, keys, place, inventory, signal } = this.#request;
    const byName = new Map(refs.map((ref) => [chunkObject(ref), ref]));
    const lacking = await this.#lacking([...byName.keys()]);
    const how = { lockedUntil: this.#lockedUntil, storageClass };
    const placed: PlacedObject[] = [];
    const send = async (name: string) => {
      const bytes = await store.get(name);
      await openChunk(keys, byName.get(name) as ChunkRef, bytes);
      placed.push(await this.#put(name, bytes, how));
    };
    try {
      await forEachOf(lacking, AT_ONCE, send, signal);
    } finally {
      if (placed.length > 0) {
        await place.store.sync();
        await inventory.placed(placed, how);
      }
    }
  }

  /** Also what must be hot, and lies there cold because it was only contents before. */
  async #lacking(names: readonly string[]): Promise<readonly string[]> {
    const { inventory } = this.#request;
    const lacking = new Set([
      ...(await inventory.enter(names)),
      ...(await this.#extendLocks(names)),
    ]);
    const hot = names.filter((name) => this.#hot.has(name));
    if (hot.length > 0) for (const name of await inventory.inClass(hot)) lacking.add(name);
    return [...lacking];
  }

  get #lockedUntil(): Date | null {
    return this.#request.lock?.until ?? null;
  }

  /** Extends the locks of what is used again, as far as they end too early. Answers what is not there any more. */
  async #extendLocks(names: readonly string[]): Promise<readonly string[]> {
    const { lock, place, inventory, signal } = this.#request;
    if (!lock || !place.lock) return [];
    const { extend } = place.lock;
    const extended: { name: string; until: Date }[] = [];
    const gone: string[] = [];
    const extendOne = async (name: string) => {
      const until = await extend(name, lock.until);
      if (until) extended.push({ name, until });
      else gone.push(name);
    };
    try {
      await forEachOf(await inventory.lockedLess(names, lock.atLeast), AT_ONCE, extendOne, signal);
    } finally {
      await inventory.locked(extended);
    }
    return gone;
  }

  /** Sends an object that is small and changes nothing where it lies already. */
  async object(name: string, bytes: Buffer): Promise<void> {
    const { inventory, place } = this.#request;
    const [lacking] = [...(await inventory.enter([name])), ...(await this.#extendLocks([name]))];
    if (lacking === undefined) return;
    const how = { lockedUntil: this.#lockedUntil, storageClass: null };
    const placed = await this.#put(name, bytes, how);
    await place.store.sync();
    await inventory.placed([placed], how);
  }

  async #put(name: string, bytes: Buffer, how: PutHow): Promise<PlacedObject> {
    const { place, pace } = this.#request;
    await pace(bytes.length);
    await putCompared(place, name, bytes, how);
    this.#objects++;
    this.#bytes += bytes.length;
    return placedObject(name, bytes);
  }
}

/**
 * Puts an object, and sees to it that the place has these bytes. `how`: as far as the place can. Throws
 * DESTINATION_UNUSABLE.
 */
export async function putCompared(
  place: Place,
  name: string,
  bytes: Buffer,
  { lockedUntil, storageClass }: PutHow,
): Promise<void> {
  const { lock, classes } = place;
  if (lockedUntil && lock) await lock.put(name, bytes, lockedUntil, storageClass);
  else if (storageClass && classes) await classes.put(name, bytes, storageClass);
  else await place.store.put(name, bytes);
  if (place.comparesChecksums) return;
  if ((await place.store.get(name)).equals(bytes)) return;
  throw new FiberkeepError('DESTINATION_UNUSABLE', {
    reason: 'placeObjectAltered',
    params: { place: place.url, object: name },
  });
}

export function placedObject(name: string, bytes: Buffer): PlacedObject {
  return { name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest() };
}
