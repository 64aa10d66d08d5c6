import pg from 'pg';
import { migrate, pendingMigrations } from '../../prisma/migrate.ts';
import { RewindError } from '../errors/index.ts';
import { lockPlantState } from '../vault/plant-state.ts';

const WAIT_MS = 60_000;
const POLL_MS = 1_000;

/**
 * Brings both planes to this build's structure, kept plants included. While the plant's changes, no
 * backup, apply or undo runs. A kept plant that cannot follow stays as it is, which `say` is told: its
 * SAFETY backup takes its place. Throws PLANT_BUSY where a job of another machine holds the plant.
 */
export async function migratePlanes(
  databaseUrl: string,
  say: (line: string) => void,
): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    if ((await pendingMigrations(client, 'vault')).length > 0) await migrate(databaseUrl, 'vault');
    const schemas = await outdatedPlants(client);
    if (schemas.length > 0)
      await holdingThePlant(client, () => migratePlants(databaseUrl, schemas, say));
  } finally {
    await client.end();
  }
}

/** The plant and the kept ones that lack a migration. */
async function outdatedPlants(client: pg.Client): Promise<string[]> {
  const kept = await client.query<{ name: string }>(
    "SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'plant\\_prev\\_%' ORDER BY 1",
  );
  const outdated = [];
  for (const schema of ['plant', ...kept.rows.map((row) => row.name)])
    if ((await pendingMigrations(client, 'plant', schema)).length > 0) outdated.push(schema);
  return outdated;
}

async function migratePlants(
  databaseUrl: string,
  schemas: readonly string[],
  say: (line: string) => void,
): Promise<void> {
  for (const schema of schemas) {
    try {
      await migrate(databaseUrl, 'plant', schema);
    } catch (error) {
      if (schema === 'plant') throw error;
      say(
        `The kept network ${schema} cannot be brought to the new structure; its SAFETY backup can.`,
      );
    }
  }
}

/** Runs `work` while the vault's row is locked, so that no job takes the plant meanwhile. */
async function holdingThePlant(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await lockWhenFree(client);
  try {
    await work();
  } finally {
    await client.query('COMMIT');
  }
}

async function lockWhenFree(client: pg.Client): Promise<void> {
  for (const deadline = Date.now() + WAIT_MS; ; ) {
    await client.query('BEGIN');
    if ((await lockPlantState(client)).holder === null) return;
    await client.query('ROLLBACK');
    if (Date.now() > deadline)
      throw new RewindError('PLANT_BUSY', 'A backup or restore is running on another machine.', {
        hint: 'Start again when it is done: the database has to change for this version.',
      });
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
