import { escapeIdentifier, escapeLiteral } from 'pg';
import { listTables, type Table } from '#engine/postgres/introspect.ts';
import type { Server } from '../server.ts';
import { readPlant } from '../write-plant.ts';

const COUNTS_GOOD_MS = 3_000;
const counts = new WeakMap<Server, { at: number; counted: Promise<Map<string, bigint>> }>();

/**
 * The exact number of rows in each table of the plant. Counting reads millions of rows, so requests within
 * three seconds share one count.
 */
export function countPlant(server: Server): Promise<Map<string, bigint>> {
  const shared = counts.get(server);
  if (shared && performance.now() - shared.at < COUNTS_GOOD_MS) return shared.counted;
  const counted = countNow(server);
  counts.set(server, { at: performance.now(), counted });
  counted.catch(() => counts.delete(server)); // a failure is not shared
  return counted;
}

function countNow(server: Server): Promise<Map<string, bigint>> {
  return readPlant(server, async (db) => {
    const tables = await plantTables(server);
    if (tables.length === 0) return new Map();
    const rows = await db.$queryRawUnsafe<{ name: string; rows: bigint }[]>(
      tables.map(countSql).join(' UNION ALL '),
    );
    return new Map(rows.map((row) => [row.name, row.rows]));
  });
}

async function plantTables(server: Server): Promise<Table[]> {
  const client = await server.pool.connect();
  try {
    return await listTables(client, 'plant');
  } finally {
    client.release();
  }
}

function countSql({ name }: Table): string {
  return `SELECT ${escapeLiteral(name)} AS name, (SELECT count(*) FROM plant.${escapeIdentifier(name)}) AS rows`;
}
