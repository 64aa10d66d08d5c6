import pg from 'pg';
import { FiberkeepError } from '#errors';
import { migrate, pendingMigrations } from '#prisma/migrate.ts';
import { lockPlantState } from '#vault/plant-state.ts';
import { inTransaction } from '#vault/transaction.ts';

const WAIT_MS = 60_000;
const POLL_MS = 1_000;

/**
 * Migrates both planes to this build's structure. No backup, apply or undo runs while the plant migrates.
 * Throws PLANT_BUSY where a job of another machine holds the plant, DATABASE_UNSUITABLE where a migration
 * fails.
 */
export async function migratePlanes(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => {}); // a lost connection fails the statement at hand
  await client.connect();
  try {
    if ((await pendingMigrations(client, 'vault')).length > 0) await migrate(databaseUrl, 'vault');
    if ((await pendingMigrations(client, 'plant')).length > 0)
      await holdingThePlant(client, () => migrate(databaseUrl, 'plant'));
  } catch (error) {
    if (error instanceof FiberkeepError) throw error;
    throw new FiberkeepError('DATABASE_UNSUITABLE', {
      reason: 'structureNotUpdated',
      params: { detail: (error as Error).message },
      cause: error,
    });
  } finally {
    await client.end();
  }
}

/** Runs `work` under the row lock that keeps jobs from taking the plant. */
async function holdingThePlant(client: pg.Client, work: () => Promise<unknown>): Promise<void> {
  for (const deadline = Date.now() + WAIT_MS; ; ) {
    const isDone = await inTransaction(client, async () => {
      if ((await lockPlantState(client)).holder !== null) return false;
      await work();
      return true;
    });
    if (isDone) return;
    if (Date.now() > deadline)
      throw new FiberkeepError('PLANT_BUSY', { reason: 'networkHeldElsewhere' });
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
