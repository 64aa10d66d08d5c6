import { createHash } from 'node:crypto';
import type { ClientBase } from 'pg';
import { COPY_SETTINGS_DIGEST } from '../postgres/settings.ts';
import { unstableColumns } from './stable-types.ts';

/** Which database, at which instant. Transaction ids mean nothing anywhere else. */
export interface PlantIdentity {
  /** `system_identifier`: made by initdb. */
  readonly cluster: string;
  /** Of the log, 8 hex digits: a promotion and a recovery to a point in time begin another. */
  readonly timeline: string;
  readonly database: number;
  /** The text that types give may change with the version. */
  readonly serverVersion: number;
  readonly copySettings: string;
  /** 64-bit, as pg_snapshot has it: every transaction below had ended. */
  readonly xmin: bigint;
  /** 64-bit: no transaction from here on had begun. */
  readonly xmax: bigint;
}

/** What may not change while (ctid, xmin) identify a row's text. */
export interface TableIdentity {
  readonly name: string;
  readonly oid: number;
  /** The file on disk: rewrites keep xmin and use every ctid again, in another file. */
  readonly file: number;
  /** SHA-256 (hex) of all that gives a stored row its text without being stored in it. */
  readonly structure: string;
}

export interface IdentifiedTable extends TableIdentity {
  /** Blocks of the file, as measured in the snapshot: every row that it sees is in one. */
  readonly blocks: number;
  /** Columns whose text depends on other rows of the catalogue. */
  readonly unstable: readonly string[];
  /** Rows have places in blocks only in PostgreSQL's own heap. */
  readonly isHeap: boolean;
}

/**
 * The database and the instant of the snapshot that `client` holds. Null where the role may not ask which cluster it
 * is: then no row map is made or used.
 */
export async function identifyPlant(client: ClientBase): Promise<PlantIdentity | null> {
  if (!(await mayAsk(client))) return null;
  const { rows } = await client.query<{ [K in keyof PlantIdentity]: string | number }>(
    `SELECT (SELECT system_identifier::text FROM pg_catalog.pg_control_system()) AS cluster,
            pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8) AS timeline,
            (SELECT oid::int8::float8 FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) AS database,
            pg_catalog.current_setting('server_version_num')::int AS "serverVersion",
            pg_catalog.pg_snapshot_xmin(s)::text AS xmin, pg_catalog.pg_snapshot_xmax(s)::text AS xmax
       FROM pg_catalog.pg_current_snapshot() AS s`,
  );
  const [found] = rows;
  if (!found) return null;
  return {
    cluster: String(found.cluster),
    timeline: String(found.timeline),
    database: Number(found.database),
    serverVersion: Number(found.serverVersion),
    copySettings: COPY_SETTINGS_DIGEST,
    xmin: BigInt(found.xmin),
    xmax: BigInt(found.xmax),
  };
}

/** Asking without the right to would end the snapshot's transaction. A standby has no log of its own. */
async function mayAsk(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    `SELECT NOT pg_catalog.pg_is_in_recovery() AND pg_catalog.bool_and(pg_catalog.has_function_privilege(f, 'EXECUTE')) AS may
       FROM unnest('{pg_catalog.pg_control_system(), pg_catalog.pg_current_wal_insert_lsn(),
                     pg_catalog.pg_walfile_name(pg_lsn)}'::text[]) AS f`,
  );
  return rows[0]?.may ?? false;
}

/** The tables of `schema`, by name. */
export async function identifyTables(
  client: ClientBase,
  schema: string,
): Promise<ReadonlyMap<string, IdentifiedTable>> {
  const { rows } = await client.query<{
    name: string;
    oid: number;
    file: number;
    blocks: number;
    isHeap: boolean;
    columns: string;
  }>(
    `SELECT c.relname AS name, c.oid::int8::float8 AS oid,
            pg_catalog.pg_relation_filenode(c.oid)::int8::float8 AS file,
            (pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::int)::float8 AS blocks,
            m.amname = 'heap' AS "isHeap",
            (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(a.attnum, a.attname, a.atttypid::int8, a.atttypmod,
                      a.attcollation::int8, a.attisdropped, a.attgenerated, a.atthasmissing, a.attmissingval::text)
                    ORDER BY a.attnum)::text
               FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) AS columns
       FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_catalog.pg_am m ON m.oid = c.relam
      WHERE n.nspname = $1 AND c.relkind = 'r'`,
    [schema],
  );
  const unstable = await unstableColumns(client, schema);
  return new Map(
    rows.map(({ columns, ...table }) => [
      table.name,
      { ...table, structure: digestOf(columns), unstable: unstable.get(table.name) ?? [] },
    ]),
  );
}

function digestOf(columns: string | null): string {
  return createHash('sha256')
    .update(columns ?? '')
    .digest('hex');
}
