import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { FiberkeepError } from '#errors';

const OLDEST = 150_000;

/**
 * Checks the PostgreSQL of DATABASE_URL and returns warnings for a person.
 * Throws DATABASE_UNREACHABLE, or DATABASE_UNSUITABLE: older than 15, not UTF-8, no right to make
 * schemas, or a pooler that gives every transaction another connection.
 */
export async function checkDatabase(url: string): Promise<string[]> {
  const first = await connect(url);
  try {
    const facts = await readFacts(first);
    requireSuitable(facts);
    await requireOwnSession(url, first);
    return facts.superuser
      ? ['DATABASE_URL names a superuser. A role that owns its database is enough, and safer.']
      : [];
  } finally {
    await first.end();
  }
}

interface Facts {
  readonly version: number;
  readonly encoding: string;
  readonly superuser: boolean;
  readonly creates: boolean;
  readonly role: string;
  readonly database: string;
}

async function readFacts(client: pg.Client): Promise<Facts> {
  const { rows } = await client.query<Facts>(
    `SELECT current_setting('server_version_num')::int AS version,
            current_setting('server_encoding') AS encoding,
            (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
            has_database_privilege(current_database(), 'CREATE') AS creates,
            current_user AS role, current_database() AS database`,
  );
  const [facts] = rows;
  if (!facts) throw new FiberkeepError('DATABASE_UNSUITABLE', { reason: 'databaseSilent' });
  return facts;
}

function requireSuitable(facts: Facts): void {
  if (facts.version < OLDEST)
    throw new FiberkeepError('DATABASE_UNSUITABLE', {
      reason: 'postgresTooOld',
      params: { major: Math.floor(facts.version / 10_000) },
    });
  if (facts.encoding !== 'UTF8')
    throw new FiberkeepError('DATABASE_UNSUITABLE', {
      reason: 'encodingNotUtf8',
      params: { encoding: facts.encoding },
    });
  if (!facts.creates)
    throw new FiberkeepError('DATABASE_UNSUITABLE', {
      reason: 'schemasNotAllowed',
      params: { role: facts.role, database: facts.database },
    });
}

/**
 * A pooler in transaction mode lends one server connection to two clients in turn. So one client sees or
 * loses what the other has set.
 */
async function requireOwnSession(url: string, first: pg.Client): Promise<void> {
  const second = await connect(url);
  try {
    const mine = await mark(first);
    const theirs = await mark(second);
    for (const [client, marked] of [
      [first, mine],
      [second, theirs],
      [first, mine],
    ] as const)
      if ((await readMark(client)) !== marked) throw pooled();
  } finally {
    await second.end();
  }
}

async function mark(client: pg.Client): Promise<string> {
  const value = randomUUID();
  await client.query("SELECT set_config('fiberkeep.session', $1, false)", [value]);
  return value;
}

async function readMark(client: pg.Client): Promise<string> {
  const { rows } = await client.query("SELECT current_setting('fiberkeep.session', true) AS mark");
  return rows[0]?.mark ?? '';
}

function pooled(): FiberkeepError {
  return new FiberkeepError('DATABASE_UNSUITABLE', { reason: 'databaseThroughPooler' });
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw unreachable(url, error);
  }
}

function unreachable(url: string, cause: unknown): FiberkeepError {
  const { host, pathname } = new URL(url);
  const detail = detailOf(cause);
  if (host === '') {
    const params = { database: pathname.slice(1), detail };
    const details = { reason: 'databaseSocketNotUsable', params, cause } as const;
    return new FiberkeepError('DATABASE_UNREACHABLE', details);
  }
  const params = { address: `${host}${pathname}`, detail };
  return new FiberkeepError('DATABASE_UNREACHABLE', { reason: 'databaseNotUsable', params, cause });
}

/** A name with several addresses fails with one AggregateError that has no message. */
function detailOf(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  if (!(first instanceof Error)) return String(first);
  return first.message.replace(/\.$/, '') || ((first as NodeJS.ErrnoException).code ?? first.name);
}
