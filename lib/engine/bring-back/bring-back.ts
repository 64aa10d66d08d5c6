import { type ChoiceOf, type Conflict, settleConflicts, type Unique } from './conflicts.ts';
import { type Chosen, gatherItems, type Ticks } from './gather.ts';
import { type Deed, ITEMS, type KeyedTable, makeItems, type Places, type Why } from './items.ts';
import { decidePatches, type Patching, settleReferences } from './patches.ts';
import { listForeignKeys } from './references.ts';
import type { Sql } from './sql.ts';
import { writeItems } from './write.ts';

export interface BringBackRequest extends Ticks, Patching {
  readonly plant: string;
  /** The scratch schema of a compare, or what has its form. */
  readonly scratch: string;
  readonly differing: readonly string[];
  /** Tables whose rows never come back this way. */
  readonly never: ReadonlySet<string>;
  /** Tables whose rows go with the last row that names them. */
  readonly fading: ReadonlySet<string>;
  readonly chosen: Chosen;
  readonly choices: readonly ChoiceOf[];
  /** What no two rows may have both, beside what the plant's unique indexes say. */
  readonly rules: readonly Unique[];
}

/** How many rows of a table had something done to them, or not. */
export interface ItemCount {
  readonly table: string;
  readonly deed: Deed;
  readonly why: Why;
  readonly count: number;
}

export interface BroughtBack {
  readonly counts: readonly ItemCount[];
  readonly conflicts: readonly Conflict[];
  /** Equal where the same would be done to the same rows; stamps do not count. */
  readonly digest: string;
}

/**
 * Writes chosen rows of the earlier side into the plant, in the transaction that `sql` runs in, under their own keys.
 * The transaction's table `bring_back_item` then says what was done to each row. A preview does the same and rolls
 * back, so what it shows is what happens. Throws what PostgreSQL throws where people write the same rows meanwhile.
 */
export async function bringBack(sql: Sql, request: BringBackRequest): Promise<BroughtBack> {
  const places = await placesOf(sql, request);
  await makeItems(sql);
  await gatherItems(sql, places, request.chosen, request);
  await decidePatches(sql, places, request);
  const conflicts = await settleConflicts(sql, places, request.choices, request.rules);
  if (conflicts.length > 0) await settleReferences(sql, places);
  const digest = await digestOf(sql, Object.keys(request.stamps));
  await writeItems(sql, places);
  return { counts: await countItems(sql), conflicts, digest };
}

async function placesOf(sql: Sql, request: BringBackRequest): Promise<Places> {
  const { plant, scratch, differing, never, fading } = request;
  const tables = await listKeyedTables(sql, plant);
  return {
    plant,
    scratch,
    tables: tables.filter(({ name }) => !never.has(name)),
    differing: new Set(differing),
    fading,
    references: await listForeignKeys(sql, plant),
  };
}

function listKeyedTables(sql: Sql, schema: string): Promise<KeyedTable[]> {
  return sql.rows<KeyedTable>(
    `SELECT c.relname::text AS name,
            array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '') AS columns,
            (SELECT json_agg(json_build_object('name', k.attname,
                      'type', pg_catalog.format_type(k.atttypid, k.atttypmod)) ORDER BY u.nth)
               FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS u (attnum, nth)
               JOIN pg_catalog.pg_attribute k ON k.attrelid = c.oid AND k.attnum = u.attnum) AS key
       FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_catalog.pg_index x ON x.indrelid = c.oid AND x.indisprimary
       JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE n.nspname = $1 AND c.relkind = 'r'
      GROUP BY c.oid, x.indexrelid, x.indkey ORDER BY c.relname COLLATE "C"`,
    [schema],
  );
}

async function digestOf(sql: Sql, stamps: readonly string[]): Promise<string> {
  const [row] = await sql.rows<{ digest: string }>(
    `SELECT encode(sha256(convert_to(coalesce(string_agg(
              concat_ws(' ', table_name, key::text, deed, (patch - $1::text[])::text), E'\\n'
              ORDER BY table_name COLLATE "C", key), ''), 'UTF8')), 'hex') AS digest FROM ${ITEMS}
      WHERE deed IN ('CREATE', 'UPDATE', 'REMOVE')`,
    [stamps],
  );
  return row?.digest ?? '';
}

function countItems(sql: Sql): Promise<ItemCount[]> {
  return sql.rows<ItemCount>(
    `SELECT table_name AS table, deed, why, count(*)::float8 AS count FROM ${ITEMS}
      GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
  );
}
