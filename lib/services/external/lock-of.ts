import { type LockTerm, lockTerm } from '#engine/external/lock-term.ts';
import type { Place } from '#engine/store/place.ts';
import type { Server } from '../server.ts';
import type { DestinationRow } from './destination-rows.ts';

/** For how long a run locks what it puts into the destination; null: it does not. */
export async function lockOf(
  server: Pick<Server, 'now'>,
  place: Place,
  { lockDays }: Pick<DestinationRow, 'lockDays'>,
): Promise<LockTerm | null> {
  if (lockDays === null) return null;
  return lockTerm(lockDays, (await place.clock()) ?? server.now());
}
