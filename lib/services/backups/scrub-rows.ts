import type pg from 'pg';
import type { ChunkCodec, ChunkRef } from '#engine/ports.ts';
import type { VaultTransaction } from '#vault/client.ts';

/** Whether a share of the chunks was not opened for a day, and no scrub is queued or running. */
export async function isScrubDue(db: VaultTransaction): Promise<boolean> {
  const found = await db.$queryRaw<{ due: boolean }[]>`
    SELECT EXISTS (SELECT FROM vault.chunk
                    WHERE state = 'STORED' AND coalesce(checked_at, created_at) < now() - interval '1 day')
       AND NOT EXISTS (SELECT FROM vault.job WHERE kind = 'SCRUB'
                        AND (status IN ('QUEUED', 'RUNNING') OR created_at > now() - interval '1 day')) AS due`;
  return found[0]?.due ?? false;
}

/** The share of all stored chunks that was opened longest ago, one in `nights`. */
export async function chunksToScrub(pool: pg.Pool, nights: number): Promise<ChunkRef[]> {
  const { rows } = await pool.query<{
    id: string;
    generation: string;
    codec: ChunkCodec;
    plainBytes: number;
  }>(
    `SELECT encode(id, 'hex') AS id, generation, codec, plain_bytes AS "plainBytes"
       FROM vault.chunk WHERE state = 'STORED'
      ORDER BY coalesce(checked_at, created_at)
      LIMIT (SELECT ceil(count(*) / $1::float8) FROM vault.chunk WHERE state = 'STORED')`,
    [nights],
  );
  return rows.map((row) => ({ ...row, generation: BigInt(row.generation) }));
}

/** Notes that these chunks opened. */
export async function markScrubbed(pool: pg.Pool, refs: readonly ChunkRef[]): Promise<void> {
  await pool.query(
    `UPDATE vault.chunk c SET checked_at = now()
       FROM unnest($1::bytea[], $2::bigint[]) AS s (id, generation)
      WHERE c.id = s.id AND c.generation = s.generation`,
    [refs.map(({ id }) => Buffer.from(id, 'hex')), refs.map((ref) => String(ref.generation))],
  );
}

/** Of these chunks those that a sweep has not deleted meanwhile. */
export async function stillStored(
  pool: pg.Pool,
  refs: readonly ChunkRef[],
): Promise<readonly ChunkRef[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT encode(c.id, 'hex') || '.' || c.generation AS name
       FROM vault.chunk c JOIN unnest($1::bytea[], $2::bigint[]) AS s (id, generation) USING (id, generation)
      WHERE c.state = 'STORED'`,
    [refs.map(({ id }) => Buffer.from(id, 'hex')), refs.map((ref) => String(ref.generation))],
  );
  const stored = new Set(rows.map(({ name }) => name));
  return refs.filter((ref) => stored.has(`${ref.id}.${ref.generation}`));
}
