import { setTimeout as sleep } from 'node:timers/promises';
import { FiberkeepError } from '#errors';
import type { Place, PlaceLock } from '../store/place.ts';

/** A lock that ended before it was tested says nothing: a slow place gets a longer one. */
const SECONDS = [5, 30];

/**
 * Finds out by behavior whether a place locks objects: one that is locked for seconds must stay, and go afterwards.
 * Throws DESTINATION_UNUSABLE.
 */
export async function testLock(place: Place, name: string, signal: AbortSignal): Promise<void> {
  const { lock } = place;
  if (!lock) throw cannotLock(place, 'only S3 has Object Lock');
  try {
    for (const seconds of SECONDS) if (await holds(place, lock, name, seconds, signal)) return;
  } catch (thrown) {
    if (!(thrown instanceof FiberkeepError) || !REFUSALS.includes(thrown.reason ?? ''))
      throw thrown;
    throw cannotLock(place, String(thrown.params?.detail), thrown);
  }
  throw cannotLock(place, 'it deletes what is locked');
}

const REFUSALS = ['placeCannot', 'placeFailed', 'placeRefused'];

/** Answers whether the place refused to delete the object while it was locked. */
async function holds(
  place: Place,
  lock: PlaceLock,
  name: string,
  seconds: number,
  signal: AbortSignal,
): Promise<boolean> {
  const after = async (s: number) => new Date(Number(await clockOf(place)) + s * 1000);
  await lock.put(name, Buffer.from('locked'), await after(seconds));
  await lock.extend(name, await after(seconds + 1));
  let freeAt = await lock.remove(name);
  const isHeld = freeAt !== null;
  while (freeAt !== null) {
    const waitMs = freeAt.getTime() - Number(await clockOf(place));
    await sleep(Math.max(waitMs, 0) + 1000, undefined, { signal });
    freeAt = await lock.remove(name);
  }
  return isHeld;
}

async function clockOf(place: Place): Promise<Date> {
  return (await place.clock()) ?? new Date();
}

function cannotLock({ url }: Place, detail: string, cause?: unknown): FiberkeepError {
  return new FiberkeepError('DESTINATION_UNUSABLE', {
    reason: 'placeCannotLock',
    params: { place: url, detail },
    cause,
  });
}
