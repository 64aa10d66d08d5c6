import type { StoredBackup } from '#engine/backup/create.ts';
import { type FetchRequest, fetchBackup } from '#engine/external/fetch.ts';
import { thawBackup } from '#engine/external/thaw.ts';
import { FiberkeepError } from '#errors';
import { Postponed } from '#jobs/kinds.ts';
import type { Server } from '../server.ts';
import { frozenOf, hasFrozen } from './class-rows.ts';
import type { DestinationRow } from './destination-rows.ts';

/** A thaw takes hours, and each look asks for every chunk. */
const LOOK_AGAIN_MS = 30 * 60 * 1000;

/**
 * As `fetchBackup`, where chunks may be frozen: first all of them are asked for. While the place thaws any, it throws
 * `Postponed`, so that no worker is held; each attempt asks and looks again.
 */
export async function fetchThawed(
  server: Server,
  { id }: Pick<DestinationRow, 'id'>,
  request: FetchRequest,
): Promise<StoredBackup> {
  if (await hasFrozen(server.pool, id))
    await thaw(server, request, (names) => frozenOf(server.pool, id, names));
  try {
    return await fetchBackup(request);
  } catch (thrown) {
    if (!isFrozen(thrown)) throw thrown;
    // The inventory does not know it: a rule of the bucket moved it there.
    await thaw(server, request, async (names) => new Set(names));
    throw thrown;
  }
}

async function thaw(
  server: Server,
  request: FetchRequest,
  frozen: Parameters<typeof thawBackup>[0]['frozen'],
): Promise<void> {
  const { waitingBytes } = await thawBackup({ ...request, frozen });
  if (waitingBytes > 0) throw new Postponed(new Date(server.now().getTime() + LOOK_AGAIN_MS));
}

function isFrozen(thrown: unknown): boolean {
  return thrown instanceof FiberkeepError && thrown.reason === 'placeFrozen';
}
