import { readManifest } from '#engine/backup/read.ts';
import { openNamedChunk } from '#engine/chunks/chunk.ts';
import { checkObjects } from '#engine/external/check-objects.ts';
import { forEachOf } from '#engine/external/for-each-of.ts';
import { placedObject, putCompared } from '#engine/external/send.ts';
import type { Place } from '#engine/store/place.ts';
import { asStorageClass } from '#engine/store/storage-class.ts';
import { FiberkeepError } from '#errors';
import type { JobRun } from '#jobs/kinds.ts';
import type { Server } from '../server.ts';
import { inClass } from './class-rows.ts';
import { paceOf } from './destination-pace.ts';
import type { DestinationRow } from './destination-rows.ts';
import {
  damagedObjects,
  longestUnchecked,
  markChecked,
  markPlaced,
  soundObjects,
} from './inventory-rows.ts';
import { lockOf } from './lock-of.ts';

/** Everything is read back once within so many days. */
const DAYS_FOR_ALL = 30;
const DAY_MS = 24 * 60 * 60 * 1000;
const AT_ONCE = 8;

export interface CheckedCopies {
  readonly objects: number;
  readonly bytes: number;
  /** Gone from the place, or other bytes than were sent. */
  readonly damaged: number;
}

/**
 * Reads a share of what lies in a place back in full, what was read longest ago first, and marks what is gone or
 * altered. What is frozen is left out: the place compared it with a checksum as it came. `all`: everything else.
 * Throws DESTINATION_UNUSABLE.
 */
export async function checkCopies(
  server: Server,
  place: Place,
  row: DestinationRow,
  { all, signal }: { readonly all: boolean; readonly signal: AbortSignal },
): Promise<CheckedCopies> {
  const share = all ? 1 : shareOf(row, server.now());
  const known = await longestUnchecked(server.pool, row.id, share);
  const { good, damaged, bytes } = await checkObjects(place, server.keys, known, signal);
  await markChecked(server.pool, row.id, { good, damaged });
  return { objects: known.length, bytes, damaged: damaged.length };
}

/** Runs may be a week apart: each reads what the days since the last one add up to. */
function shareOf({ listedAt }: Pick<DestinationRow, 'listedAt'>, now: Date): number {
  const days = listedAt ? Math.round((now.getTime() - listedAt.getTime()) / DAY_MS) : 1;
  return Math.min(Math.max(days, 1), DAYS_FOR_ALL) / DAYS_FOR_ALL;
}

/** Marks what one listing lacks, or shows with another size. Answers how many such objects there are. */
export async function compareListing(
  server: Server,
  place: Place,
  row: DestinationRow,
  signal: AbortSignal,
): Promise<number> {
  const missing = await soundObjects(server.pool, row.id, { condemned: false });
  const damaged: string[] = [];
  for await (const { name, bytes } of place.store.list('')) {
    const known = missing.get(name);
    missing.delete(name);
    if (known !== undefined && known !== bytes) damaged.push(name);
  }
  // Listings of some places are behind: the object itself decides.
  const look = async (name: string) => {
    if (!(await place.store.has(name))) damaged.push(name);
  };
  await forEachOf([...missing.keys()], AT_ONCE, look, signal);
  await markChecked(server.pool, row.id, { good: [], damaged });
  return damaged.length;
}

/** Puts damaged objects there again, at the destination's pace, as far as they are whole here. */
export async function mendCopies(
  server: Server,
  run: JobRun,
  place: Place,
  row: DestinationRow,
): Promise<{ readonly mended: number; readonly lost: number }> {
  const { id } = row;
  const damaged = await damagedObjects(server.pool, id);
  const lockedUntil =
    damaged.length > 0 ? ((await lockOf(server, place, row))?.until ?? null) : null;
  const pace = paceOf(server, run, id);
  const cold = new Set(await inClass(server.pool, id, damaged));
  let mended = 0;
  const mend = async (name: string) => {
    const bytes = await wholeHere(server, name);
    if (!bytes) return;
    await pace(bytes.length);
    const storageClass = cold.has(name) ? asStorageClass(row.storageClass) : null;
    const how = { lockedUntil, storageClass };
    await putCompared(place, name, bytes, how);
    await place.store.sync();
    await markPlaced(server.pool, id, [placedObject(name, bytes)], how);
    mended++;
  };
  await forEachOf(damaged, AT_ONCE, mend, run.signal);
  return { mended, lost: damaged.length - mended };
}

/** Null where it is not here, or damaged here too. */
async function wholeHere({ store, keys }: Server, name: string): Promise<Buffer | null> {
  try {
    const bytes = await store.get(name);
    if (name.startsWith('manifests/')) await readManifest({ get: async () => bytes }, keys, name);
    else await openNamedChunk(keys, name, bytes);
    return bytes;
  } catch (thrown) {
    if (isDamage(thrown)) return null;
    throw thrown;
  }
}

const DAMAGE = ['CHUNK_MISSING', 'CHUNK_CORRUPT', 'MANIFEST_CORRUPT', 'WRONG_KEY'];

/** Whether this says that something does not open, and nothing of the place or the machine. */
export function isDamage(thrown: unknown): thrown is FiberkeepError {
  return thrown instanceof FiberkeepError && DAMAGE.includes(thrown.code);
}
