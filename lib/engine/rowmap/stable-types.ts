import type { ClientBase } from 'pg';

/**
 * Types whose text depends on the stored bytes and the COPY settings alone. Enums, regclass and its like, composites,
 * ranges, aclitem and types of extensions are not here: a row of another table of the catalogue may change their text.
 * money depends on the server's locale.
 */
const STABLE_TYPES = [
  'bit',
  'bool',
  'box',
  'bpchar',
  'bytea',
  'char',
  'cidr',
  'circle',
  'date',
  'float4',
  'float8',
  'inet',
  'int2',
  'int4',
  'int8',
  'interval',
  'json',
  'jsonb',
  'jsonpath',
  'line',
  'lseg',
  'macaddr',
  'macaddr8',
  'name',
  'numeric',
  'oid',
  'path',
  'pg_lsn',
  'point',
  'polygon',
  'text',
  'tid',
  'time',
  'timestamp',
  'timestamptz',
  'timetz',
  'tsquery',
  'tsvector',
  'uuid',
  'varbit',
  'varchar',
  'xid',
  'xid8',
  'xml',
];

/** By table: the columns, as COPY writes them, of other types. A domain counts as its base, an array as its elements. */
export async function unstableColumns(
  client: ClientBase,
  schema: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await client.query<{ table: string; columns: string[] }>(
    `WITH RECURSIVE of_column AS (
       SELECT c.relname, a.attname, a.attnum, a.atttypid AS type
         FROM pg_catalog.pg_class c
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        WHERE n.nspname = $1 AND c.relkind = 'r'
       UNION ALL
       SELECT o.relname, o.attname, o.attnum, CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.typelem END
         FROM of_column o JOIN pg_catalog.pg_type t ON t.oid = o.type
        WHERE t.typtype = 'd' OR t.typcategory = 'A' AND t.typelem <> 0)
     SELECT o.relname AS "table", pg_catalog.array_agg(o.attname::text ORDER BY o.attnum) AS columns
       FROM of_column o
       JOIN pg_catalog.pg_type t ON t.oid = o.type
       JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
      WHERE t.typtype <> 'd' AND NOT (t.typcategory = 'A' AND t.typelem <> 0)
        AND NOT (n.nspname = 'pg_catalog' AND t.typname = ANY ($2::text[]))
      GROUP BY o.relname`,
    [schema, STABLE_TYPES],
  );
  return new Map(rows.map(({ table, columns }) => [table, columns]));
}
