import type { ClientBase } from 'pg';
import type { StructureVersion } from '../ports.ts';

/** Prisma's record of a schema's migrations: it is structure, not data, so no backup holds it. */
export const MIGRATIONS_TABLE = '_prisma_migrations';

export interface Table {
  readonly name: string;
  readonly oid: number;
  /** What COPY writes and reads: in attribute order, without dropped and generated columns. */
  readonly columns: readonly string[];
  /** Of 8 KiB, at the last VACUUM or ANALYZE; only good for telling large tables from small ones. */
  readonly pages: number;
}

/** The ordinary tables of `schema` by name, without the migrations' own. One statement sees one catalogue. */
export async function listTables(client: ClientBase, schema: string): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `SELECT c.relname AS name, c.oid::int8::float8 AS oid, c.relpages AS pages,
            coalesce(array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attnum IS NOT NULL), '{}') AS columns
       FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_catalog.pg_attribute a
         ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      WHERE n.nspname = $1 AND c.relkind = 'r' AND c.relname <> $2
      GROUP BY c.oid, c.relname, c.relpages
      ORDER BY c.relname COLLATE "C"`,
    [schema, MIGRATIONS_TABLE],
  );
  return rows;
}

export interface Constraint {
  readonly name: string;
  readonly table: string;
  readonly kind: 'check' | 'foreign key' | 'primary key' | 'unique' | 'exclusion' | 'trigger';
  /** As pg_get_constraintdef writes it, without the schema's name. */
  readonly definition: string;
  /** The table that a foreign key references. */
  readonly references: string | null;
  readonly validated: boolean;
}

export interface Index {
  readonly name: string;
  readonly table: string;
  /** As pg_get_indexdef writes it, with the schema's name. */
  readonly definition: string;
  /** The primary key, unique or exclusion constraint that the index belongs to. */
  readonly constraint: string | null;
}

/** An enabled trigger that a migration made. */
export interface Trigger {
  readonly name: string;
  readonly table: string;
}

/** The constraints, indexes and triggers of a schema. */
export interface Rules {
  readonly constraints: readonly Constraint[];
  readonly indexes: readonly Index[];
  readonly triggers: readonly Trigger[];
}

/** The rules of `schema` by table and name, without those of the migrations' table. */
export async function listRules(client: ClientBase, schema: string): Promise<Rules> {
  return withSearchPath(client, schema, async () => ({
    constraints: await listConstraints(client, schema),
    indexes: await listIndexes(client, schema),
    triggers: await listTriggers(client, schema),
  }));
}

/** pg_get_constraintdef omits the schema's name only where the schema is in the search path. */
async function withSearchPath<T>(client: ClientBase, schema: string, work: () => Promise<T>) {
  const { rows } = await client.query(
    `SELECT pg_catalog.current_setting('search_path') AS before,
            pg_catalog.set_config('search_path', pg_catalog.quote_ident($1), false)`,
    [schema],
  );
  try {
    return await work();
  } finally {
    await client.query(`SELECT pg_catalog.set_config('search_path', $1, false)`, [rows[0].before]);
  }
}

async function listConstraints(client: ClientBase, schema: string): Promise<Constraint[]> {
  const { rows } = await client.query<Constraint>(
    `SELECT k.conname AS name, c.relname AS "table", f.relname AS "references",
            k.convalidated AS validated, pg_catalog.pg_get_constraintdef(k.oid) AS definition,
            CASE k.contype WHEN 'c' THEN 'check' WHEN 'f' THEN 'foreign key' WHEN 'p' THEN 'primary key'
                           WHEN 'u' THEN 'unique' WHEN 'x' THEN 'exclusion' ELSE 'trigger' END AS kind
       FROM pg_catalog.pg_constraint k
       JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_catalog.pg_class f ON f.oid = k.confrelid
      WHERE n.nspname = $1 AND c.relname <> $2 AND k.contype IN ('c', 'f', 'p', 'u', 'x', 't')
      ORDER BY c.relname COLLATE "C", k.conname COLLATE "C"`,
    [schema, MIGRATIONS_TABLE],
  );
  return rows;
}

async function listIndexes(client: ClientBase, schema: string): Promise<Index[]> {
  const { rows } = await client.query<Index>(
    `SELECT i.relname AS name, c.relname AS "table", k.conname AS "constraint",
            pg_catalog.pg_get_indexdef(x.indexrelid) AS definition
       FROM pg_catalog.pg_index x
       JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
       JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_catalog.pg_constraint k
         ON k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x')
      WHERE n.nspname = $1 AND c.relname <> $2
      ORDER BY c.relname COLLATE "C", i.relname COLLATE "C"`,
    [schema, MIGRATIONS_TABLE],
  );
  return rows;
}

async function listTriggers(client: ClientBase, schema: string): Promise<Trigger[]> {
  const { rows } = await client.query<Trigger>(
    `SELECT t.tgname AS name, c.relname AS "table"
       FROM pg_catalog.pg_trigger t
       JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND NOT t.tgisinternal AND t.tgenabled = 'O'
      ORDER BY c.relname COLLATE "C", t.tgname COLLATE "C"`,
    [schema],
  );
  return rows;
}

/** Which tables of `schema` have foreign keys to which. */
export async function listReferences(
  client: ClientBase,
  schema: string,
): Promise<{ child: string; parent: string }[]> {
  const { rows } = await client.query<{ child: string; parent: string }>(
    `SELECT DISTINCT c.relname AS child, p.relname AS parent
       FROM pg_catalog.pg_constraint k
       JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
       JOIN pg_catalog.pg_class p ON p.oid = k.confrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND k.contype = 'f'`,
    [schema],
  );
  return rows;
}

/**
 * The migrations that made `schema` according to its own record, in order; empty where it has no record.
 * Unfinished and rolled-back migrations do not count.
 */
export async function structureOf(client: ClientBase, schema: string): Promise<StructureVersion> {
  const table = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(MIGRATIONS_TABLE)}`;
  const found = await client.query('SELECT pg_catalog.to_regclass($1) IS NOT NULL AS there', [
    table,
  ]);
  if (!found.rows[0].there) return [];
  const { rows } = await client.query<{ name: string; checksum: string }>(
    `SELECT migration_name AS name, checksum FROM ${table}
      WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name COLLATE "C"`,
  );
  return rows;
}
