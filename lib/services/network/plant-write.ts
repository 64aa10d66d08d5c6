import { FiberkeepError } from '#errors';
import type { PlantClient, PlantTransaction } from '#plant/client.ts';
import type { Server } from '../server.ts';

const MOST_ATTEMPTS = 3;
const TRANSACTION_LIMITS = { maxWait: 10_000, timeout: 30_000 };

/**
 * Runs `work`, which writes the plant, in one transaction. `epoch` is the plant's epoch that the writer's
 * page has read. Throws PLANT_RESTORED_MEANWHILE, and writes nothing, where the plant was swapped since.
 * Null (an API client that keeps no page): the write goes into whichever plant is there, never part of it
 * into one and part into another; `work` may then run again, so it does nothing outside its transaction.
 */
export async function writePlant<T>(
  server: Pick<Server, 'plant'>,
  epoch: bigint | null,
  work: (tx: PlantTransaction) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await server.plant.$transaction(
        (tx) => writeWithin(tx, epoch, work),
        TRANSACTION_LIMITS,
      );
    } catch (thrown) {
      if (epoch !== null) throw (await isStale(server.plant, epoch)) ? notSaved() : thrown;
      if (attempt === MOST_ATTEMPTS || !isSwapped(thrown)) throw thrown;
    }
  }
}

/**
 * The epoch is read after the work on purpose. By then the write holds ROW EXCLUSIVE on the tables it
 * wrote. A swap takes EXCLUSIVE on all of them first, so it either waits for this transaction (the row is
 * in the plant that the swap keeps, and the epoch is still the page's), or it was first: then the write
 * waited, found its table by name again in the plant swapped in, and this read sees the raised epoch.
 */
async function writeWithin<T>(
  tx: PlantTransaction,
  epoch: bigint | null,
  work: (tx: PlantTransaction) => Promise<T>,
): Promise<T> {
  const expected = epoch ?? (await readEpoch(tx));
  const result = await work(tx);
  if ((await readEpoch(tx)) !== expected) throw notSaved();
  return result;
}

/**
 * Runs `work`, which reads the plant by several queries, again where a swap came between them, so that no
 * answer mixes two plants. Throws PLANT_RESTORED_MEANWHILE when that keeps happening.
 */
export async function readPlant<T>(
  server: Pick<Server, 'plant'>,
  work: (db: PlantClient) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const before = await readEpoch(server.plant);
    const read = await settle(work(server.plant));
    if ((await readEpoch(server.plant)) === before) return read.answer();
    if (attempt === MOST_ATTEMPTS) throw restoredWhileReading();
  }
}

/** A failure may be the swap's doing too: what was just found is gone. It counts only when there was none. */
async function settle<T>(work: Promise<T>): Promise<{ answer(): T }> {
  try {
    const value = await work;
    return { answer: () => value };
  } catch (thrown) {
    return {
      answer: () => {
        throw thrown;
      },
    };
  }
}

/** The epoch of the plant: raised by every swap. */
export async function readEpoch(db: PlantTransaction): Promise<bigint> {
  const rows = await db.$queryRaw<{ epoch: bigint }[]>`SELECT epoch FROM vault.plant_state`;
  if (!rows[0]) throw new FiberkeepError('DATABASE_UNSUITABLE', { reason: 'plantStateMissing' });
  return rows[0].epoch;
}

/** A write that failed because what it refers to is not in the plant swapped in failed for that reason. */
async function isStale(db: PlantTransaction, epoch: bigint): Promise<boolean> {
  return readEpoch(db).then(
    (now) => now !== epoch,
    () => false,
  );
}

/** What was to be written belongs to a plant that a swap has replaced. */
function notSaved(): FiberkeepError {
  return new FiberkeepError('PLANT_RESTORED_MEANWHILE');
}

/** What was read belongs to a plant that a swap has replaced. */
export function restoredWhileReading(): FiberkeepError {
  return new FiberkeepError('PLANT_RESTORED_MEANWHILE', { reason: 'restoredWhileReading' });
}

function isSwapped(thrown: unknown): boolean {
  return thrown instanceof FiberkeepError && thrown.code === 'PLANT_RESTORED_MEANWHILE';
}
