import { type Client, escapeLiteral } from 'pg';
import type { ComparedTable } from '#engine/compare/compare.ts';
import { kindsOf, listedTables, lookUpOf, rowsOfKind } from '../compare/describe-rows.ts';
import { unlistedTables, wordsFor } from '../compare/network-words.ts';
import type { ChangeEntry } from './backup-changes.ts';

/**
 * Counts what differs, by table and person, in the scratch schema of a compare, the search path of `client`. What
 * went was removed by who the audit log says, from `since` on. Rows without a key are nobody's.
 */
export async function countEntries(
  client: Client,
  tables: readonly ComparedTable[],
  since: Date,
): Promise<Omit<ChangeEntry, 'name'>[]> {
  const listed = listedTables(tables);
  const lookUp = await lookUpOf(client, tables);
  const counts = listed.flatMap((table) =>
    kindsOf(table).map((kind) => {
      const { from, by } = rowsOfKind(kind, table, wordsFor(table.name, lookUp), since);
      return `SELECT '${kind}' AS kind, ${escapeLiteral(table.name)} AS name, ${by} AS person, count(*) AS n ${from} GROUP BY 3`;
    }),
  );
  return [...(await sumUp(client, counts)), ...keyless(tables)];
}

async function sumUp(
  client: Client,
  counts: readonly string[],
): Promise<Omit<ChangeEntry, 'name'>[]> {
  if (counts.length === 0) return [];
  const of = (kind: string) => `coalesce(sum(n) FILTER (WHERE kind = '${kind}'), 0)::float8`;
  const { rows } = await client.query<Omit<ChangeEntry, 'name'>>(
    `SELECT name AS table, person::text AS person, ${of('ADDED')} AS added, ${of('CHANGED')} AS changed,
            ${of('REMOVED')} AS removed
       FROM (${counts.join('\nUNION ALL\n')}) AS counted GROUP BY 1, 2 ORDER BY 1, 2`,
  );
  return rows;
}

function keyless(tables: readonly ComparedTable[]): Omit<ChangeEntry, 'name'>[] {
  return tables
    .filter(({ name, key, counts }) => !key && !unlistedTables.has(name) && isSome(counts))
    .map(({ name, counts: { added, changed, removed } }) => {
      return { table: name, person: null, added, changed, removed };
    });
}

function isSome({ added, removed }: ComparedTable['counts']): boolean {
  return added + removed > 0;
}
