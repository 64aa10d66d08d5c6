import type { Pool } from 'pg';

/** Of `names`, the objects that lie there whole and whose lock, as far as the server knows, ends before this. */
export async function lockedLess(
  pool: Pool,
  destinationId: string,
  names: readonly string[],
  atLeast: Date,
): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT name FROM vault.external_object
      WHERE destination_id = $1::uuid AND name = ANY ($2::text[])
        AND sent_at IS NOT NULL AND damaged_at IS NULL
        AND (locked_until IS NULL OR locked_until < $3::timestamptz)`,
    [destinationId, names, atLeast],
  );
  return rows.map(({ name }) => name);
}

/** Records until when objects are locked. */
export async function markLocked(
  pool: Pool,
  destinationId: string,
  objects: readonly { readonly name: string; readonly until: Date }[],
): Promise<void> {
  if (objects.length === 0) return;
  await pool.query(
    `UPDATE vault.external_object o SET locked_until = greatest(o.locked_until, l.until)
       FROM unnest($2::text[], $3::timestamptz[]) AS l (name, until)
      WHERE o.destination_id = $1::uuid AND o.name = l.name`,
    [destinationId, objects.map(({ name }) => name), objects.map(({ until }) => until)],
  );
}

/** Records that an object's removal was refused: it lies there until then at least. */
export async function markHeld(
  pool: Pool,
  destinationId: string,
  name: string,
  until: Date,
): Promise<void> {
  await pool.query(
    `UPDATE vault.external_object SET locked_until = $3, sent_at = coalesce(sent_at, now())
      WHERE destination_id = $1::uuid AND name = $2`,
    [destinationId, name, until],
  );
}

/** Until when these objects are locked; those that never were are left out. */
export async function locksOf(
  pool: Pool,
  destinationId: string,
  names: readonly string[],
): Promise<Map<string, Date>> {
  const { rows } = await pool.query<{ name: string; until: Date }>(
    `SELECT name, locked_until AS until FROM vault.external_object
      WHERE destination_id = $1::uuid AND name = ANY ($2::text[]) AND locked_until IS NOT NULL`,
    [destinationId, names],
  );
  return new Map(rows.map(({ name, until }) => [name, until]));
}
