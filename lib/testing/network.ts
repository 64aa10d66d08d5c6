import { setTimeout as wait } from 'node:timers/promises';
import { FiberkeepError } from '#errors';
import { migrate } from '#prisma/migrate.ts';
import { actions, type Caller, type Permit, permit } from '#services/permit.ts';
import type { Server } from '#services/server.ts';
import { inTransaction } from '#vault/transaction.ts';
import { admit } from './people.ts';

/** The person who edits the network in tests, with every action. */
export const testActor = {
  kind: 'PERSON' as const,
  id: '01a00000-0000-7000-8000-000000000001',
  name: 'Ana Técnica',
  address: '192.0.2.1',
  actions: new Set(actions),
  sessionId: '01a00000-0000-7000-8000-0000000000a1',
  apiKey: null,
} satisfies Caller;

export interface NetworkPermits {
  readonly view: Permit<'network.view'>;
  readonly edit: Permit<'network.edit'>;
}

export async function networkPermits(server: Server): Promise<NetworkPermits> {
  await admit(server.pool, testActor);
  return {
    view: await permit(server, testActor, 'network.view'),
    edit: await permit(server, testActor, 'network.edit'),
  };
}

/** A plant of today's structure beside the plant, for `swapForTest` to swap in: it holds the test's person alone. */
export async function emptyStage(server: Server, schema: string): Promise<void> {
  await migrate(server.databaseUrl, 'plant', schema);
  await admit(server.pool, testActor, schema);
}

/**
 * What a swap does to the plant, without a backup: under locks on every table, the plant is renamed to
 * `kept`, `incoming` takes its place and the epoch rises, in one transaction. `locked` runs in the middle.
 */
export async function swapForTest(
  server: Server,
  incoming: string,
  kept: string,
  locked: () => Promise<void> = async () => {},
): Promise<void> {
  const client = await server.connect();
  try {
    const tables = await client.query<{ name: string }>(
      "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'plant'",
    );
    await inTransaction(client, async () => {
      await client.query('SELECT epoch FROM vault.plant_state FOR UPDATE');
      const names = tables.rows.map((row) => `plant.${row.name}`).join(', ');
      await client.query(`LOCK TABLE ${names} IN EXCLUSIVE MODE`);
      await locked();
      await client.query(`ALTER SCHEMA plant RENAME TO ${client.escapeIdentifier(kept)}`);
      await client.query(`ALTER SCHEMA ${client.escapeIdentifier(incoming)} RENAME TO plant`);
      await client.query('UPDATE vault.plant_state SET epoch = epoch + 1');
    });
  } finally {
    await client.end();
  }
}

/** Waits until a connection of this database waits for a lock, with a statement that begins like this. */
export async function someoneWaits(server: Server, statement = ''): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    const found = await server.pool.query(
      `SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND starts_with(query, $1)`,
      [statement],
    );
    if (found.rowCount) return;
    await wait(10);
  }
  throw new Error('nobody waits for a lock');
}

/** The error that `work` is refused with. Throws where it is not refused. */
export async function refusalOf(work: Promise<unknown>): Promise<FiberkeepError> {
  const thrown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown instanceof FiberkeepError) return thrown;
  throw new Error('expected a refusal', { cause: thrown });
}
