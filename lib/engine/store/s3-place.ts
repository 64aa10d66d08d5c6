import { FiberkeepError } from '#errors';
import { assertObjectName, isObjectName } from './object-name.ts';
import type { OpenPlaceOptions, Place, PlaceClasses, PlaceLock, Thaw } from './place.ts';
import { placeUrl, type S3Access } from './place-access.ts';
import type { ObjectStore } from './port.ts';
import { type Patience, retry, Turns } from './retry.ts';
import { S3Bucket } from './s3-bucket.ts';
import { openS3Client, type S3Timeouts } from './s3-client.ts';
import { asPlaceError, isTransient, statusOf } from './s3-errors.ts';
import { countUsage } from './s3-usage.ts';

const PATIENCE: Patience & S3Timeouts = {
  tries: 5,
  firstWaitMs: 500,
  longestWaitMs: 8000,
  connectMs: 10_000,
  idleMs: 60_000,
};
const REQUESTS_AT_ONCE = 16;

/** Makes requests of one try each until one succeeds. Throws as `Place` says. */
type Run = <T>(request: () => Promise<T>) => Promise<T>;

/** As `connectS3Place`, once the place has answered. Throws as `Place` says. */
export async function openS3Place(
  access: S3Access,
  options: OpenPlaceOptions = {},
  patience = PATIENCE,
): Promise<Place> {
  const place = connectS3Place(access, options, patience);
  await place.clock().catch((error) => {
    void place[Symbol.asyncDispose]();
    throw error;
  });
  return place;
}

/**
 * A bucket of an S3-compatible place, or a prefix in it. Objects of one request each: at most a few MB. Asks nothing
 * of the place yet.
 */
export function connectS3Place(
  access: S3Access,
  { lookup, signal }: OpenPlaceOptions = {},
  patience = PATIENCE,
): Place {
  const client = openS3Client(access, patience, lookup);
  const usage = countUsage(client);
  const bucket = new S3Bucket(client, access, signal);
  const turns = new Turns(REQUESTS_AT_ONCE);
  const run: Run = (request) =>
    retry(() => turns.take(request), isTransient, patience, signal).catch((thrown) => {
      signal?.throwIfAborted();
      throw asPlaceError(access, thrown);
    });
  return {
    url: placeUrl(access),
    store: bucketStore(bucket, run),
    comparesChecksums: true,
    usage,
    part: async (name, start, bytes) => {
      assertObjectName(name);
      return (await run(() => bucket.get(name, { start, bytes }))) ?? missing(name);
    },
    listBy: (prefix, atOnce) => list(bucket, run, prefix, atOnce),
    lock: bucketLock(bucket, run),
    classes: bucketClasses(bucket, run),
    clock: () => run(() => bucket.probe()),
    [Symbol.asyncDispose]: async () => client.destroy(),
  };
}

function bucketStore(bucket: S3Bucket, run: Run): ObjectStore {
  const named = <T>(name: string, request: () => Promise<T>): Promise<T> => {
    assertObjectName(name);
    return run(request);
  };
  return {
    put: async (name, bytes) => named(name, () => bucket.put(name, bytes)),
    putNew: async (name, bytes) => named(name, newPut(bucket, name, bytes)),
    // S3 answers a put when it is durable.
    sync: async () => {},
    get: async (name) => (await named(name, () => bucket.get(name))) ?? missing(name),
    has: async (name) => named(name, () => bucket.has(name)),
    delete: async (name) => named(name, () => bucket.delete(name)),
    list: (prefix) => list(bucket, run, prefix),
    // A put of one request leaves nothing behind.
    tidy: async () => {},
    freeBytes: async () => null,
  };
}

function bucketLock(bucket: S3Bucket, run: Run): PlaceLock {
  return {
    put: async (name, bytes, lockedUntil, storageClass = null) => {
      assertObjectName(name);
      await run(() => bucket.put(name, bytes, { lockedUntil, storageClass }));
    },
    extend: async (name, until) => {
      assertObjectName(name);
      return run(() => extendLock(bucket, name, until));
    },
    remove: async (name) => {
      assertObjectName(name);
      let last: Date | null = null;
      for (const version of await run(() => bucket.versions(name))) {
        const until = await run(() => removeVersion(bucket, name, version));
        if (until && (last === null || until > last)) last = until;
      }
      return last;
    },
  };
}

function bucketClasses(bucket: S3Bucket, run: Run): PlaceClasses {
  return {
    put: async (name, bytes, storageClass) => {
      assertObjectName(name);
      await run(() => bucket.put(name, bytes, { storageClass }));
    },
    thaw: async (name, days) => {
      assertObjectName(name);
      return run(() => thaw(bucket, name, days));
    },
  };
}

async function thaw(bucket: S3Bucket, name: string, days: number): Promise<Thaw> {
  const state = await bucket.thawState(name);
  if (state === 'UNDER_WAY') return state;
  if (state !== 'FROZEN') return 'READY';
  try {
    await bucket.restore(name, days);
  } catch (error) {
    // Some places have classes of these names, and nothing to thaw: whoever reads finds out.
    if (NOTHING_TO_THAW.includes((error as Error).name)) return 'READY';
    if ((error as Error).name !== 'RestoreAlreadyInProgress') throw error;
  }
  return 'UNDER_WAY';
}

const NOTHING_TO_THAW = ['InvalidObjectState', 'MethodNotAllowed', 'NotImplemented'];

async function extendLock(bucket: S3Bucket, name: string, until: Date): Promise<Date | null> {
  try {
    return (await bucket.lock(name, until)) ? until : null;
  } catch (error) {
    if ((error as Error).name !== 'AccessDenied') throw error;
    const longer = await bucket.lockedUntil(name).catch(() => null);
    if (longer === null || longer < until) throw error;
    return longer;
  }
}

/** Answers when the version is free; null: it is gone. A lock and a lack of permission are refused alike. */
async function removeVersion(
  bucket: S3Bucket,
  name: string,
  version: string,
): Promise<Date | null> {
  try {
    await bucket.deleteVersion(name, version);
    return null;
  } catch (error) {
    if ((error as Error).name === 'NoSuchKey') return null;
    if ((error as Error).name !== 'AccessDenied') throw error;
    const until = await bucket.lockedUntil(name, version).catch(() => null);
    if (until === null) throw error;
    return until;
  }
}

function missing(name: string): never {
  throw new FiberkeepError('CHUNK_MISSING', { reason: 'objectMissing', params: { object: name } });
}

/**
 * A request to be tried again: where the answer to an earlier try was lost, what is found may be what that try put.
 * It is taken for ours if its bytes are, so those who race put different ones.
 */
function newPut(bucket: S3Bucket, name: string, bytes: Uint8Array): () => Promise<boolean> {
  let mayBeOurs = false;
  return async () => {
    try {
      await bucket.put(name, bytes, { ifNew: true });
      return true;
    } catch (error) {
      if (statusOf(error) === 412) return mayBeOurs && isStored(bucket, name, bytes);
      mayBeOurs ||= statusOf(error) !== 409;
      throw error;
    }
  };
}

async function isStored(bucket: S3Bucket, name: string, bytes: Uint8Array): Promise<boolean> {
  return (await bucket.get(name))?.equals(bytes) ?? false;
}

/** Page by page. What is written meanwhile can make the next page begin before the end of the last. */
async function* list(bucket: S3Bucket, run: Run, prefix: string, atOnce?: number) {
  let before = new Set<string>();
  for (let token: string | undefined; ; ) {
    const page = await run(() => bucket.page(prefix, token, atOnce));
    const names = new Set<string>();
    for (const one of page.Contents ?? []) {
      const { Key = '', Size = 0, LastModified = new Date(0), StorageClass: storageClass } = one;
      const name = bucket.nameOf(Key);
      const isAgain = names.has(name) || before.has(name);
      names.add(name);
      if (!isAgain && isObjectName(name))
        yield { name, bytes: Size, modifiedAt: LastModified, storageClass };
    }
    if (!page.IsTruncated) return;
    before = names;
    token = page.NextContinuationToken;
  }
}
