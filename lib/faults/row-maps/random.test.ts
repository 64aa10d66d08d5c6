import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { PartToMerge } from '#engine/rowmap/merge.ts';
import { Harness, type PlantedBug } from './harness.ts';
import { freshDatabase, type LabServer, openServers } from './servers.ts';

const STEPS = Number(process.env.ROW_MAP_STEPS ?? 500);
const SEED = Number(process.env.ROW_MAP_SEED ?? 1);
/** A planted bug is found long before. */
const BUG_STEPS = 4_000;
/** A machine that does other things too is much slower. */
const STEP_MS = 2_000;

/** A planted bug: see `thresholdMerge`. */
let hasThreshold = false;

vi.mock('#engine/rowmap/merge.ts', async (original) => {
  const real = await original<typeof import('#engine/rowmap/merge.ts')>();
  const mergePart = (part: PartToMerge) => real.mergePart(hasThreshold ? thresholdOf(part) : part);
  return { ...real, mergePart };
});

/**
 * What a backup sees that asks for `xmin` at or above a threshold, instead of comparing sets: rows of transactions that
 * began before the last snapshot and committed after it are not there.
 */
function thresholdOf(part: PartToMerge): PartToMerge {
  const { from, width } = part.window;
  const places = new Set(part.old.places.subarray(0, part.old.length));
  const versions = part.versions.map((found) => {
    const kept: Buffer[] = [];
    for (let at = 0; found && at < found.length; at += 10) {
      const block = found.readUInt32BE(at) - part.firstBlock;
      const isKnown = places.has((block << 16) | found.readUInt16BE(at + 4));
      const age = (found.readUInt32BE(at + 6) - from) >>> 0;
      if (isKnown || age >= width / 2) kept.push(found.subarray(at, at + 10));
    }
    return found && Buffer.concat(kept);
  });
  return { ...part, versions };
}

let servers: LabServer[];
beforeAll(async () => {
  servers = await openServers();
});
afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
});

async function outcomeOn(server: LabServer, seed: number, steps: number, bug?: PlantedBug) {
  await using database = await freshDatabase(server);
  hasThreshold = bug === 'threshold';
  try {
    const harness = await Harness.open(database.url, seed, bug);
    return await harness.run(steps);
  } finally {
    hasThreshold = false;
  }
}

describe('backups by row maps, beside random work', () => {
  test(
    'are what COPY gives in their snapshots, on every PostgreSQL here',
    async () => {
      for (const server of servers) {
        const { difference, steps, mapped, whole } = await outcomeOn(server, SEED, STEPS);
        expect(difference, `PostgreSQL ${server.major}, seed ${SEED}, step ${steps}`).toBe(null);
        expect(mapped, 'tables read by their maps').toBeGreaterThan(whole);
      }
    },
    2 * STEPS * STEP_MS,
  );

  test.each(['file', 'structure', 'snapshot', 'threshold'] as const)(
    'a planted bug is found: %s',
    async (bug) => {
      const [server] = servers;
      if (!server) throw new Error('There is no PostgreSQL');
      const { difference, steps } = await outcomeOn(server, SEED, BUG_STEPS, bug);
      expect(difference, `after ${steps} steps`).not.toBe(null);
    },
    BUG_STEPS * STEP_MS,
  );
});
