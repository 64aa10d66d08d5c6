import { FiberkeepError } from '#errors';
import type { PlantClient, PlantTransaction } from '#plant/client.ts';
import { plantEpoch } from '#vault/plant-state.ts';
import { type Authority, type Hold, holdAuthority } from './authority.ts';
import type { Caller } from './permit.ts';
import type { Server } from './server.ts';

const MOST_ATTEMPTS = 3;
const TRANSACTION_LIMITS = { maxWait: 10_000, timeout: 30_000 };

/**
 * Runs `work`, which writes the plant, in one transaction that holds `by`'s authority. `epoch` is the epoch that the writer's page has
 * read. Throws PLANT_RESTORED_MEANWHILE, and writes nothing, where the plant was swapped since. With null
 * (an API client that keeps no page) the write goes into the plant of now, whole. `work` may then run again,
 * so it must do nothing outside its transaction.
 */
export async function writePlant<T>(
  server: Pick<Server, 'plant'>,
  by: Authority,
  epoch: bigint | null,
  work: (tx: PlantTransaction, now: Caller) => Promise<T>,
  hold: Hold = {},
): Promise<T> {
  const write = async (tx: PlantTransaction) => work(tx, await holdAuthority(tx, by, hold));
  for (let attempt = 1; ; attempt++) {
    try {
      return await server.plant.$transaction(
        (tx) => writeWithin(tx, epoch, write),
        TRANSACTION_LIMITS,
      );
    } catch (thrown) {
      if (epoch !== null)
        throw (await isStale(server.plant, epoch)) ? restoredMeanwhile('writing') : thrown;
      if (attempt === MOST_ATTEMPTS || !isOvertaken(thrown)) throw thrown;
    }
  }
}

/**
 * Reads the epoch after the work, when the write holds ROW EXCLUSIVE on its tables. A swap takes EXCLUSIVE
 * on all tables, so one of them waits. If the swap waits, the row is in the plant that it keeps and the epoch
 * is still the page's. If the write waits, it finds its table in the new plant and sees the raised epoch.
 */
async function writeWithin<T>(
  tx: PlantTransaction,
  epoch: bigint | null,
  work: (tx: PlantTransaction) => Promise<T>,
): Promise<T> {
  const expected = epoch ?? (await plantEpoch(tx));
  const result = await work(tx);
  if ((await plantEpoch(tx)) !== expected) throw restoredMeanwhile('writing');
  return result;
}

/**
 * Runs `work`, which reads the plant by several queries. Runs it again where a swap came between them, so
 * that no answer mixes two plants. Throws PLANT_RESTORED_MEANWHILE when that keeps happening.
 */
export async function readPlant<T>(
  server: Pick<Server, 'plant'>,
  work: (db: PlantClient) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const before = await plantEpoch(server.plant);
    const read = await settle(work(server.plant));
    if ((await plantEpoch(server.plant)) === before) return read.answer();
    if (attempt === MOST_ATTEMPTS) throw restoredMeanwhile('reading');
  }
}

/** Holds a failure back: it counts only where no swap came between, which may have caused it. */
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

/** Whether a swap explains why a write failed: what the write refers to may be missing in the new plant. */
async function isStale(db: PlantTransaction, epoch: bigint): Promise<boolean> {
  return plantEpoch(db).then(
    (now) => now !== epoch,
    () => false,
  );
}

/** The error for a read, or a write, that a swap has overtaken. */
export function restoredMeanwhile(doing: 'reading' | 'writing'): FiberkeepError {
  const reason = doing === 'reading' ? 'restoredWhileReading' : undefined;
  return new FiberkeepError('PLANT_RESTORED_MEANWHILE', { reason });
}

function isOvertaken(thrown: unknown): boolean {
  return thrown instanceof FiberkeepError && thrown.code === 'PLANT_RESTORED_MEANWHILE';
}
