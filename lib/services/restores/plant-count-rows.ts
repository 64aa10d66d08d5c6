import { escapeIdentifier, escapeLiteral } from 'pg';
import { listTables, type Table } from '#engine/postgres/introspect.ts';
import type { Server } from '../server.ts';
import { readPlant } from '../write-plant.ts';

/** The exact number of rows in each table of the plant. Reads millions of rows. */
export function countPlant(server: Server): Promise<Map<string, bigint>> {
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
