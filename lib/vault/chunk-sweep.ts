import type pg from 'pg';
import type { ChunkRef } from '#engine/ports.ts';
import type { Job } from '#generated/vault/client.ts';
import type { VaultTransaction } from './client.ts';
import { inTransaction } from './transaction.ts';

/** A backup whose chunks are needed. */
export interface NeededBackup {
  readonly id: string;
  readonly manifestObject: string;
}

export type CondemnedChunk = Pick<ChunkRef, 'id' | 'generation'>;

const CONDEMN_BATCH = 10_000;
const DELETE_BATCH = 500;

/**
 * Mark and sweep of chunks, on one connection of its own, which its caller closes. The marks (what the
 * backups need) are a temporary table. Two sweeps may run side by side.
 */
export class ChunkSweep {
  readonly #client: pg.ClientBase;
  readonly #marked = new Set<string>();
  readonly #startedAt: Date;

  constructor(client: pg.ClientBase, startedAt: Date) {
    this.#client = client;
    this.#startedAt = startedAt;
  }

  /** Drops what ended jobs held first: the marking that follows sees what their backups need. */
  static async begin(client: pg.ClientBase): Promise<ChunkSweep> {
    const { rows } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    await client.query(
      'CREATE TEMPORARY TABLE chunk_mark (id bytea, generation bigint, PRIMARY KEY (id, generation))',
    );
    await client.query(`DELETE FROM vault.chunk_pin p WHERE ${jobEnded('p')}`);
    await client.query(
      `UPDATE vault.chunk c SET state = 'CONDEMNED', condemned_at = clock_timestamp()
        WHERE state = 'WRITING' AND ${jobEnded('c')}`,
    );
    return new ChunkSweep(client, rows[0]?.now ?? new Date());
  }

  /** Backups in the catalogue whose chunks are not marked yet. */
  async unmarked(): Promise<NeededBackup[]> {
    const { rows } = await this.#client.query<NeededBackup>(
      `SELECT id, manifest_object AS "manifestObject" FROM vault.backup WHERE status IN ('READY', 'NOW')`,
    );
    return rows.filter(({ manifestObject }) => !this.#marked.has(manifestObject));
  }

  async mark(refs: readonly CondemnedChunk[]): Promise<void> {
    await this.#client.query(
      `INSERT INTO chunk_mark SELECT * FROM unnest($1::bytea[], $2::bigint[]) ON CONFLICT DO NOTHING`,
      [refs.map(({ id }) => Buffer.from(id, 'hex')), refs.map((ref) => String(ref.generation))],
    );
  }

  /** Notes that a backup is marked, by its manifest: deleted and uploaded again, it needs other chunks. */
  allMarked(backup: NeededBackup): void {
    this.#marked.add(backup.manifestObject);
  }

  /**
   * Condemns chunks without mark or pin that are older than this sweep. False, with nothing done, where a
   * backup came into the catalogue since the marking: mark it and call again.
   */
  async condemn(): Promise<boolean> {
    for (;;) {
      const condemned = await inTransaction(this.#client, () => this.#condemnBatch());
      if (condemned === null) return false;
      if (condemned === 0) return true;
    }
  }

  async #condemnBatch(): Promise<number | null> {
    // Waits for commits under way and holds off new ones, so no backup needs an unmarked chunk.
    await this.#client.query('LOCK TABLE vault.backup IN SHARE MODE');
    if ((await this.unmarked()).length > 0) return null;
    // A pin is only ever written under the row's lock. So the rows are locked first, and a later
    // statement reads the pins, which sees those of everybody who held a row before.
    const { rows } = await this.#client.query<{ id: Buffer; generation: string }>(
      `SELECT c.id, c.generation FROM vault.chunk c
        WHERE c.state IN ('STORED', 'DAMAGED') AND c.created_at < $1
          AND NOT EXISTS (SELECT FROM chunk_mark m WHERE m.id = c.id AND m.generation = c.generation)
          AND NOT EXISTS (SELECT FROM vault.chunk_pin p WHERE p.id = c.id AND p.generation = c.generation)
        ORDER BY c.id, c.generation LIMIT ${CONDEMN_BATCH} FOR UPDATE OF c`,
      [this.#startedAt],
    );
    const { rowCount } = await this.#client.query(
      `UPDATE vault.chunk c SET state = 'CONDEMNED', condemned_at = clock_timestamp()
         FROM unnest($1::bytea[], $2::bigint[]) AS d (id, generation)
        WHERE c.id = d.id AND c.generation = d.generation
          AND NOT EXISTS (SELECT FROM vault.chunk_pin p WHERE p.id = c.id AND p.generation = c.generation)`,
      [rows.map(({ id }) => id), rows.map(({ generation }) => generation)],
    );
    return rowCount ?? 0;
  }

  /** Whether any chunk waits to be deleted, condemned by this sweep or an earlier one. */
  async hasCondemned(): Promise<boolean> {
    const { rows } = await this.#client.query<{ found: boolean }>(
      "SELECT EXISTS (SELECT FROM vault.chunk WHERE state = 'CONDEMNED') AS found",
    );
    return rows[0]?.found ?? false;
  }

  /**
   * Deletes chunks that were condemned more than `graceMs` ago (longer than a lease), objects first.
   * Takes back those that turn out to be needed. Answers how many are gone.
   */
  async deleteCondemned(
    graceMs: number,
    deleteObject: (chunk: CondemnedChunk) => Promise<void>,
  ): Promise<number> {
    for (let deleted = 0; ; ) {
      const gone = await inTransaction(this.#client, () =>
        this.#deleteBatch(graceMs, deleteObject),
      );
      if (gone === 0) return deleted;
      deleted += gone;
    }
  }

  async #deleteBatch(
    graceMs: number,
    deleteObject: (chunk: CondemnedChunk) => Promise<void>,
  ): Promise<number> {
    await this.#client.query(
      `UPDATE vault.chunk c SET state = 'STORED', condemned_at = NULL
        WHERE state = 'CONDEMNED' AND stored_bytes > 0
          AND EXISTS (SELECT FROM chunk_mark m WHERE m.id = c.id AND m.generation = c.generation)`,
    );
    const { rows } = await this.#client.query<{ id: Buffer; generation: string }>(
      `SELECT c.id, c.generation FROM vault.chunk c
        WHERE c.state = 'CONDEMNED' AND c.condemned_at <= clock_timestamp() - $1 * interval '1 millisecond'
        ORDER BY c.id, c.generation LIMIT ${DELETE_BATCH} FOR UPDATE OF c SKIP LOCKED`,
      [graceMs],
    );
    await Promise.all(
      rows.map(({ id, generation }) =>
        deleteObject({ id: id.toString('hex'), generation: BigInt(generation) }),
      ),
    );
    await this.#client.query(
      `DELETE FROM vault.chunk c USING unnest($1::bytea[], $2::bigint[]) AS d (id, generation)
        WHERE c.id = d.id AND c.generation = d.generation`,
      [rows.map(({ id }) => id), rows.map(({ generation }) => generation)],
    );
    return rows.length;
  }

  /** Those of these chunks without a row: nobody will ever ask for them. */
  async withoutRow(chunks: readonly CondemnedChunk[]): Promise<CondemnedChunk[]> {
    const { rows } = await this.#client.query<{ id: Buffer; generation: string }>(
      `SELECT w.id, w.generation FROM unnest($1::bytea[], $2::bigint[]) AS w (id, generation)
        WHERE NOT EXISTS (SELECT FROM vault.chunk c WHERE c.id = w.id AND c.generation = w.generation)`,
      [chunks.map(({ id }) => Buffer.from(id, 'hex')), chunks.map((c) => String(c.generation))],
    );
    return rows.map((row) => ({
      id: row.id.toString('hex'),
      generation: BigInt(row.generation),
    }));
  }

  /**
   * Those of these manifests (listed before the call) that belong to nothing: no backup has them, and no
   * job runs that could still commit one.
   */
  async orphanManifests(objects: readonly string[]): Promise<string[]> {
    const { rows } = await this.#client.query<{ object: string }>(
      `SELECT object FROM unnest($1::text[]) AS listed (object)
        WHERE NOT EXISTS (SELECT FROM vault.job WHERE status IN ('QUEUED', 'RUNNING') AND kind <> 'SWEEP')
          AND NOT EXISTS (SELECT FROM vault.backup WHERE manifest_object = object)`,
      [objects],
    );
    return rows.map(({ object }) => object);
  }

  /** Whether a sweep has ended well within `hours`. */
  async ranWithin(hours: number): Promise<boolean> {
    const { rows } = await this.#client.query<{ ran: boolean }>(
      `SELECT EXISTS (SELECT FROM vault.job WHERE kind = 'SWEEP' AND status = 'SUCCEEDED'
          AND ended_at > clock_timestamp() - $1 * interval '1 hour') AS ran`,
      [hours],
    );
    return rows[0]?.ran ?? false;
  }
}

function jobEnded(row: string): string {
  return `NOT EXISTS (SELECT FROM vault.job j
                       WHERE j.id = ${row}.job_id AND j.status IN ('QUEUED', 'RUNNING'))`;
}

/** Notes on a sweep's job which backup it cannot read, while this claim holds. */
export async function noteUnreadableBackup(
  tx: VaultTransaction,
  { id, fencingToken }: Pick<Job, 'id' | 'fencingToken'>,
  backupId: string,
): Promise<void> {
  await tx.job.updateMany({
    where: { id, fencingToken, status: 'RUNNING' },
    data: { result: { unreadableBackupId: backupId } },
  });
}

/** The backup that a sweep could not read; null where it read all. */
export function unreadableBackupId({ result }: Pick<Job, 'result'>): string | null {
  return (result as { unreadableBackupId?: string } | null)?.unreadableBackupId ?? null;
}

/** A failed sweep is tried again after this long; at once, its cause is rarely gone. */
const TRY_AGAIN = '10 minutes';
/** Longer than a running sweep waits between condemning a chunk and deleting it. */
const FORGOTTEN = '2 minutes';

/**
 * Whether there is garbage that nobody sweeps: since the last sweep a backup failed or changed its worker,
 * or a sweep failed some minutes ago or left chunks condemned.
 */
export async function isSweepDue(db: VaultTransaction): Promise<boolean> {
  const found = await db.$queryRaw<{ due: boolean }[]>`
    WITH sweeps AS (
      SELECT max(started_at) FILTER (WHERE status = 'SUCCEEDED') AS swept,
             max(ended_at) FILTER (WHERE status IN ('FAILED', 'CANCELLED')) AS failed,
             count(*) FILTER (WHERE status IN ('QUEUED', 'RUNNING')) AS active
        FROM vault.job WHERE kind = 'SWEEP')
    SELECT active = 0
           AND coalesce(failed < now() - ${TRY_AGAIN}::interval, true)
           AND (failed > coalesce(swept, '-infinity')
                OR EXISTS (SELECT FROM vault.job
                            WHERE kind IN ('COMPARE', 'CREATE_BACKUP', 'CHECK_UPLOAD', 'FETCH_BACKUP')
                              AND (status IN ('FAILED', 'CANCELLED') OR fencing_token > 1)
                              AND ended_at > coalesce(swept, '-infinity'))
                OR EXISTS (SELECT FROM vault.chunk
                            WHERE state = 'CONDEMNED' AND condemned_at < now() - ${FORGOTTEN}::interval)) AS due
      FROM sweeps`;
  return found[0]?.due ?? false;
}
