import { type ClientBase, escapeIdentifier } from 'pg';
import type { Connect } from '../ports.ts';

/**
 * Schemas beside the plant: a stage, a stage of a restore test, a plant that a swap replaced, what a compare found,
 * what is counted of a backup's changes, or what was read of a file.
 */
const SIDE_SCHEMA = /^(plant_(stage|test|prev)|compare|changes|import)_[0-9a-f]{1,40}$/;

/** Drops a schema beside the plant, if it exists. Throws RangeError for other names. */
export async function dropSideSchema(client: ClientBase, schema: string): Promise<void> {
  if (!SIDE_SCHEMA.test(schema)) throw new RangeError(`Not a schema beside the plant: ${schema}`);
  await client.query(`DROP SCHEMA IF EXISTS ${escapeIdentifier(schema)} CASCADE`);
}

/** The schemas beside the plant whose names begin with `prefix`. */
export async function listSideSchemas(
  db: Pick<ClientBase, 'query'>,
  prefix: 'plant_stage_' | 'plant_test_' | 'plant_prev_' | 'compare_' | 'changes_' | 'import_',
): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    'SELECT nspname AS name FROM pg_catalog.pg_namespace WHERE pg_catalog.starts_with(nspname, $1)',
    [prefix],
  );
  return rows.map((row) => row.name).filter((name) => SIDE_SCHEMA.test(name));
}

/** `dropSideSchema` on its own connection, which waits at most `lockTimeoutMs` for others to leave the schema. */
export async function dropWithin(
  connect: Connect,
  schema: string,
  lockTimeoutMs: number,
): Promise<void> {
  const client = await connect();
  try {
    await client.query(`SET lock_timeout = ${Math.ceil(lockTimeoutMs)}`);
    await dropSideSchema(client, schema);
  } finally {
    await client.end();
  }
}
