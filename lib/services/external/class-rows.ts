import type { Pool } from 'pg';
import { frozenClasses } from '#engine/store/storage-class.ts';

/** Of `names`, the objects that were sent in a storage class of their own. */
export async function inClass(
  pool: Pool,
  destinationId: string,
  names: readonly string[],
): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT name FROM vault.external_object
      WHERE destination_id = $1::uuid AND name = ANY ($2::text[])
        AND sent_at IS NOT NULL AND storage_class IS NOT NULL`,
    [destinationId, names],
  );
  return rows.map(({ name }) => name);
}

/** Of `names`, the objects that lie there frozen, as far as the server knows. */
export async function frozenOf(
  pool: Pool,
  destinationId: string,
  names: readonly string[],
): Promise<Set<string>> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT name FROM vault.external_object
      WHERE destination_id = $1::uuid AND name = ANY ($2::text[]) AND storage_class = ANY ($3::text[])`,
    [destinationId, names, frozenClasses],
  );
  return new Set(rows.map(({ name }) => name));
}

/** Whether anything lies there frozen, as far as the server knows. */
export async function hasFrozen(pool: Pool, destinationId: string): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM vault.external_object
       WHERE destination_id = $1::uuid AND sent_at IS NOT NULL AND storage_class = ANY ($2::text[])) AS found`,
    [destinationId, frozenClasses],
  );
  return rows[0]?.found ?? false;
}
