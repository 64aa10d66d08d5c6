import type pg from 'pg';
import type { ChunkCodec, ChunkIndex, ChunkRef } from '#engine/ports.ts';
import { FiberkeepError } from '#errors';
import { inTransaction } from './transaction.ts';

const PIN_BATCH = 5000;

/**
 * The catalogue of chunks for the job `jobId`. Rows are locked in order of their ids before a pin is
 * written. A sweep locks them too before it reads pins, so it sees the pin or comes first.
 */
export function openChunkIndex(pool: pg.Pool, jobId: string): ChunkIndex {
  return {
    reserve: (chunks) => inTransaction(pool, (client) => reserve(client, jobId, chunks)),
    confirm: (chunks) => confirm(pool, jobId, chunks),
    adopt: (refs) => inTransaction(pool, (client) => adopt(client, jobId, refs)),
    distrust: (refs) => distrust(pool, refs),
    async pin(refs) {
      const gone: ChunkRef[] = [];
      for (let at = 0; at < refs.length; at += PIN_BATCH) {
        const batch = refs.slice(at, at + PIN_BATCH);
        gone.push(...(await inTransaction(pool, (client) => pin(client, jobId, batch))));
      }
      return gone;
    },
  };
}

type Asked = Parameters<ChunkIndex['reserve']>[0];

async function reserve(client: pg.ClientBase, jobId: string, asked: Asked) {
  const ids = asked.map(({ id }) => Buffer.from(id, 'hex'));
  const found = await client.query<StoredRow>(
    `WITH known AS MATERIALIZED (
       SELECT id, generation, codec, plain_bytes FROM vault.chunk
        WHERE id = ANY ($2::bytea[]) AND state = 'STORED' ORDER BY id, generation FOR KEY SHARE),
     pinned AS (
       INSERT INTO vault.chunk_pin (job_id, id, generation)
       SELECT $1::uuid, id, generation FROM known ON CONFLICT DO NOTHING)
     SELECT encode(id, 'hex') AS id, generation, codec, plain_bytes AS "plainBytes" FROM known`,
    [jobId, ids],
  );
  const known = new Map(found.rows.map((row) => [row.id, refOf(row)]));
  const lacking = asked.filter(({ id }) => !known.has(id));
  const reserved = await insertWriting(client, jobId, lacking);
  return asked.map(({ id }) => {
    const stored = known.get(id);
    const ref = stored ?? reserved.get(id);
    if (!ref) throw new RangeError(`The chunk ${id} was asked for twice`);
    return { ref, stored: stored !== undefined };
  });
}

async function insertWriting(client: pg.ClientBase, jobId: string, lacking: Asked) {
  const { rows } = await client.query<StoredRow>(
    `INSERT INTO vault.chunk (id, generation, state, codec, plain_bytes, job_id)
     SELECT id, nextval('vault.chunk_generation'), 'WRITING', codec, plain_bytes, $1::uuid
       FROM unnest($2::bytea[], $3::text[], $4::int[]) AS wanted (id, codec, plain_bytes)
     RETURNING encode(id, 'hex') AS id, generation, codec, plain_bytes AS "plainBytes"`,
    [
      jobId,
      lacking.map(({ id }) => Buffer.from(id, 'hex')),
      lacking.map(({ codec }) => codec),
      lacking.map(({ plainBytes }) => plainBytes),
    ],
  );
  return new Map(rows.map((row) => [row.id, refOf(row)]));
}

/** Throws LEASE_LOST where a reservation is gone: a sweep took the job for dead. */
async function confirm(pool: pg.Pool, jobId: string, chunks: Parameters<ChunkIndex['confirm']>[0]) {
  const { rowCount } = await pool.query(
    `WITH written AS (
       SELECT * FROM unnest($2::bytea[], $3::bigint[], $4::int[]) AS w (id, generation, stored_bytes)),
     pinned AS (
       INSERT INTO vault.chunk_pin (job_id, id, generation)
       SELECT $1::uuid, id, generation FROM written ON CONFLICT DO NOTHING)
     UPDATE vault.chunk c SET state = 'STORED', stored_bytes = w.stored_bytes
       FROM written w
      WHERE c.id = w.id AND c.generation = w.generation AND c.state = 'WRITING' AND c.job_id = $1::uuid`,
    [
      jobId,
      chunks.map(({ ref }) => Buffer.from(ref.id, 'hex')),
      chunks.map(({ ref }) => ref.generation.toString()),
      chunks.map(({ storedBytes }) => storedBytes),
    ],
  );
  if (rowCount === chunks.length) return;
  throw new FiberkeepError('LEASE_LOST', { reason: 'workerTakenForDead' });
}

async function pin(client: pg.ClientBase, jobId: string, refs: readonly ChunkRef[]) {
  if (refs.length === 0) return [];
  const { rows } = await client.query<{ name: string }>(
    `WITH wanted AS (
       SELECT * FROM unnest($2::bytea[], $3::bigint[]) AS w (id, generation)),
     kept AS MATERIALIZED (
       SELECT c.id, c.generation FROM vault.chunk c JOIN wanted w USING (id, generation)
        WHERE c.state = 'STORED' ORDER BY c.id, c.generation FOR KEY SHARE OF c),
     pinned AS (
       INSERT INTO vault.chunk_pin (job_id, id, generation)
       SELECT $1::uuid, id, generation FROM kept ON CONFLICT DO NOTHING)
     SELECT encode(id, 'hex') || '.' || generation AS name FROM kept`,
    [
      jobId,
      refs.map(({ id }) => Buffer.from(id, 'hex')),
      refs.map((ref) => String(ref.generation)),
    ],
  );
  const kept = new Set(rows.map(({ name }) => name));
  return refs.filter((ref) => !kept.has(`${ref.id}.${ref.generation}`));
}

async function adopt(client: pg.ClientBase, jobId: string, refs: readonly ChunkRef[]) {
  await passGenerations(client, refs);
  const { rows } = await client.query<{ name: string }>(
    `WITH entered AS (
       INSERT INTO vault.chunk AS c (id, generation, state, codec, plain_bytes, job_id)
       SELECT id, generation, 'WRITING', codec, plain_bytes, $1::uuid
         FROM unnest($2::bytea[], $3::bigint[], $4::text[], $5::int[]) AS w (id, generation, codec, plain_bytes)
        ORDER BY id, generation
       ON CONFLICT (id, generation) DO UPDATE
         SET state = CASE WHEN c.state = 'STORED' OR c.state = 'CONDEMNED' AND c.stored_bytes > 0
                          THEN 'STORED' ELSE 'WRITING' END,
             job_id = $1::uuid, condemned_at = NULL
       RETURNING id, generation, state),
     pinned AS (
       INSERT INTO vault.chunk_pin (job_id, id, generation)
       SELECT $1::uuid, id, generation FROM entered WHERE state = 'STORED' ON CONFLICT DO NOTHING)
     SELECT encode(id, 'hex') || '.' || generation AS name FROM entered WHERE state = 'WRITING'`,
    [
      jobId,
      refs.map(({ id }) => Buffer.from(id, 'hex')),
      refs.map((ref) => String(ref.generation)),
      refs.map(({ codec }) => codec),
      refs.map(({ plainBytes }) => plainBytes),
    ],
  );
  const lacking = new Set(rows.map(({ name }) => name));
  return refs.filter((ref) => lacking.has(`${ref.id}.${ref.generation}`));
}

/**
 * Numbers given out later must be greater, or a new chunk would take the name of one that came back. ALTER SEQUENCE
 * keeps other transactions from taking a number until this one ends, which setval alone does not.
 */
async function passGenerations(client: pg.ClientBase, refs: readonly ChunkRef[]): Promise<void> {
  const [greatest = 0n] = refs
    .map(({ generation }) => generation)
    .sort((one, other) => (one < other ? 1 : -1));
  if (greatest < (await lastGeneration(client))) return;
  await client.query('ALTER SEQUENCE vault.chunk_generation INCREMENT BY 1');
  if (greatest < (await lastGeneration(client))) return;
  await client.query("SELECT setval('vault.chunk_generation', $1)", [greatest.toString()]);
}

async function lastGeneration(client: pg.ClientBase): Promise<bigint> {
  const { rows } = await client.query<{ last: string }>(
    'SELECT last_value AS last FROM vault.chunk_generation',
  );
  return BigInt(rows[0]?.last ?? 0);
}

async function distrust(pool: pg.Pool, refs: readonly ChunkRef[]): Promise<void> {
  await pool.query(
    `UPDATE vault.chunk c SET state = 'DAMAGED'
       FROM unnest($1::bytea[], $2::bigint[]) AS d (id, generation)
      WHERE c.id = d.id AND c.generation = d.generation AND c.state = 'STORED'`,
    [refs.map(({ id }) => Buffer.from(id, 'hex')), refs.map((ref) => String(ref.generation))],
  );
}

interface StoredRow {
  readonly id: string;
  readonly generation: string;
  readonly codec: ChunkCodec;
  readonly plainBytes: number;
}

function refOf(row: StoredRow): ChunkRef {
  return { ...row, generation: BigInt(row.generation) };
}
