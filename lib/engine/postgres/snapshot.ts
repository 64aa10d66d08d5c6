import { type Client, type ClientBase, escapeIdentifier } from 'pg';
import { FiberkeepError } from '#errors';
import type { Connect } from '../ports.ts';
import { listTables, type Table } from './introspect.ts';
import { applyCopySettings } from './settings.ts';

/** One instant of one schema, held open by a transaction, which readers join. */
export interface Snapshot extends AsyncDisposable {
  readonly schema: string;
  readonly tables: readonly Table[];
  /** Bytes of each table's heap on disk, by name. */
  readonly heapBytes: ReadonlyMap<string, number>;
  /** What it sees, as `pg_current_snapshot` writes it. */
  readonly seen: string;
  /** The connection of the exporting transaction, which reads the snapshot too. */
  readonly client: Client;
  /** Opens one more connection in the same snapshot. The snapshot closes it. */
  openReader(): Promise<Client>;
  /**
   * To be called when all is read. Ends the exporting transaction; throws PLANT_BUSY where the schema was
   * renamed since the snapshot was opened, even if it has its old name again.
   */
  confirm(): Promise<void>;
}

const ATTEMPTS = 10;
/** undefined_table, invalid_schema_name. */
const GONE: ReadonlySet<string> = new Set(['42P01', '3F000']);
/** And lock_not_available. */
const GONE_OR_LOCKED: ReadonlySet<string> = new Set([...GONE, '55P03']);

/**
 * Opens a REPEATABLE READ snapshot of `schema`. Takes ACCESS SHARE on every table before the first SELECT,
 * which is when PostgreSQL draws the snapshot. Checks the tables' OIDs again in it: a snapshot older
 * than a swap, reading by name, would mix two plants. The signal closes its connections. Throws PLANT_BUSY
 * where the tables keep changing, or the schema does not exist.
 */
export async function openSnapshot(
  connect: Connect,
  schema: string,
  signal: AbortSignal,
): Promise<Snapshot> {
  const connections = new Connections(connect, signal);
  try {
    const client = await connections.open();
    const { tables, naming } = await begin(client, schema);
    const exported = await client.query(
      'SELECT pg_catalog.pg_export_snapshot() AS name, pg_catalog.pg_current_snapshot()::text AS seen',
    );
    const heapBytes = await measureHeaps(client, schema);
    return {
      schema,
      tables,
      heapBytes,
      seen: exported.rows[0].seen,
      client,
      async confirm() {
        await client.query('COMMIT');
        if ((await namingOf(client, schema)) !== naming) throw replacedMeanwhile(schema);
      },
      openReader: async () => join(await connections.open(), exported.rows[0].name),
      [Symbol.asyncDispose]: () => connections.close(),
    };
  } catch (error) {
    await connections.close();
    throw signal.aborted ? signal.reason : error;
  }
}

/**
 * Locks a reader's table before its first read, without waiting: a waiter for ACCESS EXCLUSIVE would block
 * the reader and be blocked by the snapshot. Returns a check that this is the snapshot's table, to be
 * repeated after reading, because every statement looks names up again.
 */
export async function lockTable(
  reader: ClientBase,
  schema: string,
  table: Table,
): Promise<() => Promise<void>> {
  const name = qualified(schema, table.name);
  await reader.query(`LOCK TABLE ONLY ${name} IN ACCESS SHARE MODE NOWAIT`).catch((error) => {
    throw GONE_OR_LOCKED.has(error.code) ? replacedMeanwhile(schema) : error;
  });
  const check = async () => {
    // regclass says what the name means to this backend, which may not know of a rename yet. `confirm`
    // knows of all, but only at the end.
    const { rows } = await reader.query(
      'SELECT pg_catalog.to_regclass($1)::pg_catalog.oid::int8::float8 AS oid',
      [name],
    );
    if (rows[0].oid !== table.oid) throw replacedMeanwhile(schema);
  };
  await check();
  return check;
}

/** `COPY … TO STDOUT` of the columns of `table`, in physical order. */
export function copyStatement(schema: string, table: Table): string {
  const columns = table.columns.map((column) => escapeIdentifier(column)).join(', ');
  return `COPY ${qualified(schema, table.name)} ${columns && `(${columns})`} TO STDOUT`;
}

export function qualified(schema: string, table: string): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
}

async function begin(client: Client, schema: string) {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const naming = await namingOf(client, schema);
    if (naming === null) break;
    const before = await listTables(client, schema);
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const names = before.map((table) => `ONLY ${qualified(schema, table.name)}`);
    const locked =
      names.length === 0 ||
      (await client
        .query(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`)
        .then(() => true)
        .catch(unlessGone));
    if (locked) {
      const seen = await listTables(client, schema);
      if (sameTables(before, seen)) return { tables: seen, naming };
    }
    await client.query('ROLLBACK');
  }
  throw replacedMeanwhile(schema);
}

/** Which schema has the name, and which transaction named it: every rename changes this. */
async function namingOf(client: Client, schema: string): Promise<string | null> {
  const { rows } = await client.query<{ naming: string }>(
    `SELECT n.oid || ' ' || n.xmin::text AS naming FROM pg_catalog.pg_namespace n WHERE n.nspname = $1`,
    [schema],
  );
  return rows[0]?.naming ?? null;
}

/** False where a table is gone since the tables were listed: they are listed again. */
function unlessGone(error: { code?: string }): false {
  if (GONE.has(error.code ?? '')) return false;
  throw error;
}

function sameTables(before: readonly Table[], seen: readonly Table[]): boolean {
  const key = (tables: readonly Table[]) =>
    JSON.stringify(tables.map(({ name, oid, columns }) => [name, oid, columns]));
  return key(before) === key(seen);
}

async function measureHeaps(client: Client, schema: string): Promise<Map<string, number>> {
  const { rows } = await client.query<{ name: string; bytes: number }>(
    `SELECT c.relname AS name, pg_catalog.pg_table_size(c.oid)::float8 AS bytes
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relkind = 'r'`,
    [schema],
  );
  return new Map(rows.map((row) => [row.name, row.bytes]));
}

async function join(reader: Client, snapshot: string): Promise<Client> {
  await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await reader.query(`SET TRANSACTION SNAPSHOT ${reader.escapeLiteral(snapshot)}`);
  // Rows are read by their places: a TID (range) scan, in physical order, whatever the planner thinks it costs.
  await reader.query(
    'SET LOCAL enable_seqscan = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off',
  );
  return reader;
}

/** Connections that end together, whatever state they are in. */
class Connections {
  readonly #opened: Client[] = [];
  readonly #connect: Connect;
  readonly #signal: AbortSignal;
  readonly #abort = () => {
    for (const client of this.#opened) client.connection.stream.destroy();
  };

  constructor(connect: Connect, signal: AbortSignal) {
    this.#connect = connect;
    this.#signal = signal;
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  async open(): Promise<Client> {
    this.#signal.throwIfAborted();
    const client = await this.#connect();
    this.#opened.push(client);
    if (this.#signal.aborted) this.#abort();
    await applyCopySettings(client);
    return client;
  }

  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#abort);
    await Promise.allSettled(this.#opened.map((client) => client.end()));
  }
}

function replacedMeanwhile(schema: string): FiberkeepError {
  return new FiberkeepError('PLANT_BUSY', { reason: 'tablesReplaced', params: { schema } });
}
