import type { Pool } from 'pg';
import type { CheckedObjects, KnownObject } from '#engine/external/check-objects.ts';
import type { Inventory, PlacedObject, PutHow } from '#engine/external/send.ts';
import type { ListedObject } from '#engine/store/port.ts';
import { asStorageClass, frozenClasses, isFrozenClass } from '#engine/store/storage-class.ts';
import { inClass } from './class-rows.ts';
import { lockedLess, markLocked } from './lock-rows.ts';

/** What the server knows of the objects in a destination. */
export function openInventory(pool: Pool, destinationId: string): Inventory {
  return {
    async enter(names) {
      const { rows } = await pool.query<{ name: string; lacking: boolean }>(
        `INSERT INTO vault.external_object (destination_id, name)
         SELECT $1::uuid, name FROM unnest($2::text[]) AS name
         ON CONFLICT (destination_id, name) DO UPDATE SET condemned_at = NULL
         RETURNING name, sent_at IS NULL OR damaged_at IS NOT NULL AS lacking`,
        [destinationId, names],
      );
      return rows.filter(({ lacking }) => lacking).map(({ name }) => name);
    },
    placed: (objects, how) => markPlaced(pool, destinationId, objects, how),
    inClass: (names) => inClass(pool, destinationId, names),
    lockedLess: (names, atLeast) => lockedLess(pool, destinationId, names, atLeast),
    locked: (objects) => markLocked(pool, destinationId, objects),
  };
}

/** Records objects that lie there whole, as they were just sent. What is frozen there nobody reads back. */
export async function markPlaced(
  pool: Pool,
  destinationId: string,
  objects: readonly PlacedObject[],
  { lockedUntil, storageClass }: PutHow,
): Promise<void> {
  await pool.query(
    `INSERT INTO vault.external_object AS o
       (destination_id, name, bytes, sha256, sent_at, checked_at, locked_until, storage_class)
     SELECT $1::uuid, name, bytes, sha256, now(), CASE WHEN NOT $7 THEN now() END, $5::timestamptz, $6
       FROM unnest($2::text[], $3::int[], $4::bytea[]) AS placed (name, bytes, sha256)
     ON CONFLICT (destination_id, name) DO UPDATE
       SET bytes = excluded.bytes, sha256 = excluded.sha256, sent_at = excluded.sent_at,
           checked_at = excluded.checked_at, damaged_at = NULL, condemned_at = NULL,
           locked_until = greatest(o.locked_until, excluded.locked_until),
           storage_class = excluded.storage_class`,
    [
      destinationId,
      objects.map(({ name }) => name),
      objects.map(({ bytes }) => bytes),
      objects.map(({ sha256 }) => sha256),
      lockedUntil,
      storageClass,
      isFrozenClass(storageClass),
    ],
  );
}

const READ_BACK = `destination_id = $1::uuid AND sent_at IS NOT NULL AND damaged_at IS NULL
  AND condemned_at IS NULL AND (storage_class IS NULL OR storage_class <> ALL ($3::text[]))`;

/** The objects that were read back longest ago, such a share of all that are not frozen. */
export async function longestUnchecked(
  pool: Pool,
  destinationId: string,
  share: number,
): Promise<KnownObject[]> {
  const { rows } = await pool.query<KnownObject>(
    `SELECT name, sha256 FROM vault.external_object WHERE ${READ_BACK}
      ORDER BY checked_at
      LIMIT (SELECT ceil(count(*) * $2::float8)::bigint FROM vault.external_object WHERE ${READ_BACK})`,
    [destinationId, share, frozenClasses],
  );
  return rows;
}

export async function markChecked(
  pool: Pool,
  destinationId: string,
  { good, damaged }: Pick<CheckedObjects, 'good' | 'damaged'>,
): Promise<void> {
  await pool.query(
    `UPDATE vault.external_object o SET checked_at = now(), sha256 = c.sha256
       FROM unnest($2::text[], $3::bytea[]) AS c (name, sha256)
      WHERE o.destination_id = $1::uuid AND o.name = c.name`,
    [destinationId, good.map(({ name }) => name), good.map(({ sha256 }) => sha256)],
  );
  await pool.query(
    `UPDATE vault.external_object SET checked_at = now(), damaged_at = now()
      WHERE destination_id = $1::uuid AND name = ANY ($2::text[])`,
    [destinationId, damaged],
  );
}

/** What lies there, as far as the server knows. */
export interface InventoryTotals {
  readonly objects: number;
  readonly bytes: bigint;
  /** Found missing or altered there, and not mended since. */
  readonly damaged: number;
  readonly oldestCheck: Date | null;
}

/** Reads sums that triggers keep, never the inventory itself. */
export async function inventoryTotals(
  pool: Pool,
  destinationIds: readonly string[],
): Promise<Map<string, InventoryTotals>> {
  const { rows } = await pool.query<{ id: string } & Record<string, string | Date | null>>(
    `SELECT t.destination_id AS id, t.objects, t.bytes, t.damaged,
            (SELECT checked_at FROM vault.external_object o
              WHERE o.destination_id = t.destination_id AND o.checked_at IS NOT NULL AND o.sent_at IS NOT NULL
              ORDER BY checked_at LIMIT 1) AS oldest
       FROM vault.external_total t WHERE t.destination_id = ANY ($1::uuid[])`,
    [destinationIds],
  );
  return new Map(
    rows.map((row) => [
      row.id,
      {
        objects: Number(row.objects),
        bytes: BigInt(String(row.bytes)),
        damaged: Number(row.damaged),
        oldestCheck: row.oldest as Date | null,
      },
    ]),
  );
}

const BATCH = 5_000;

/** What is to be removed, and since when or until when that cannot be. */
export interface Removable {
  /** Condemned before. */
  readonly before: Date;
  /** What is locked for longer stays. */
  readonly now: Date;
}

/**
 * Condemns the objects that are not in `live`, which is every name that a copy there needs, and lets those that are
 * needed again live on. Answers the names that may be removed.
 */
export async function condemnUnneeded(
  pool: Pool,
  destinationId: string,
  live: ReadonlySet<string>,
  { before, now }: Removable,
): Promise<string[]> {
  const old: string[] = [];
  for (let after = ''; ; ) {
    const { rows } = await pool.query<Condemned>(
      `SELECT name, condemned_at, locked_until FROM vault.external_object
        WHERE destination_id = $1::uuid AND name > $2 ORDER BY name LIMIT $3`,
      [destinationId, after, BATCH],
    );
    const unneeded = rows.filter(({ name }) => !live.has(name));
    const needed = rows.filter(({ name, condemned_at }) => condemned_at && live.has(name));
    await setCondemned(pool, destinationId, unneeded, true);
    await setCondemned(pool, destinationId, needed, false);
    for (const { name, condemned_at, locked_until } of unneeded)
      if (condemned_at && condemned_at < before && !(locked_until && locked_until > now))
        old.push(name);
    const last = rows.at(-1);
    if (!last) return old;
    after = last.name;
  }
}

interface Condemned {
  readonly name: string;
  readonly condemned_at: Date | null;
  readonly locked_until: Date | null;
}

export async function condemnObject(
  pool: Pool,
  destinationId: string,
  name: string,
): Promise<void> {
  await setCondemned(pool, destinationId, [{ name }], true);
}

async function setCondemned(
  pool: Pool,
  destinationId: string,
  rows: readonly { readonly name: string }[],
  condemned: boolean,
): Promise<void> {
  if (rows.length === 0) return;
  await pool.query(
    `UPDATE vault.external_object SET condemned_at = CASE WHEN $3 THEN coalesce(condemned_at, now()) END
      WHERE destination_id = $1::uuid AND name = ANY ($2::text[])`,
    [destinationId, rows.map(({ name }) => name), condemned],
  );
}

/**
 * Takes condemned objects for removal: from now on they count as not sent, so that a run that needs one sends it
 * again. Answers those that were still condemned, and whether they were ever locked.
 */
export async function takeCondemned(
  pool: Pool,
  destinationId: string,
  names: readonly string[],
): Promise<{ readonly name: string; readonly wasLocked: boolean }[]> {
  const { rows } = await pool.query<{ name: string; wasLocked: boolean }>(
    `UPDATE vault.external_object SET sent_at = NULL, sha256 = NULL
      WHERE destination_id = $1::uuid AND name = ANY ($2::text[]) AND condemned_at IS NOT NULL
      RETURNING name, locked_until IS NOT NULL AS "wasLocked"`,
    [destinationId, names],
  );
  return rows;
}

/** The newest states of the vault there, oldest first. */
export async function newestStates(
  pool: Pool,
  destinationId: string,
  most: number,
): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT name FROM vault.external_object
      WHERE destination_id = $1::uuid AND name LIKE 'vault-state/%' ORDER BY name DESC LIMIT $2`,
    [destinationId, most],
  );
  return rows.map(({ name }) => name).reverse();
}

/** Takes objects out of the inventory that were removed from the place, unless they were sent again since. */
export async function forgetObjects(
  pool: Pool,
  destinationId: string,
  names: readonly string[],
): Promise<void> {
  await pool.query(
    `DELETE FROM vault.external_object
      WHERE destination_id = $1::uuid AND name = ANY ($2::text[]) AND sent_at IS NULL`,
    [destinationId, names],
  );
}

/** Takes objects out of the inventory that people removed from the place, and that no copy needs. */
export async function dropObjects(
  pool: Pool,
  destinationId: string,
  names: readonly string[],
): Promise<void> {
  await pool.query(
    'DELETE FROM vault.external_object WHERE destination_id = $1::uuid AND name = ANY ($2::text[])',
    [destinationId, names],
  );
}

/** Objects sent whole and not known to be damaged, with their sizes. `condemned`: also those that wait to go. */
export async function soundObjects(
  pool: Pool,
  destinationId: string,
  { condemned }: { readonly condemned: boolean },
): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ name: string; bytes: number }>(
    `SELECT name, bytes FROM vault.external_object
      WHERE destination_id = $1::uuid AND sent_at IS NOT NULL AND damaged_at IS NULL
        AND ($2 OR condemned_at IS NULL)`,
    [destinationId, condemned],
  );
  return new Map(rows.map(({ name, bytes }) => [name, bytes]));
}

/** Objects that were found missing or altered, and were not mended since. */
export async function damagedObjects(pool: Pool, destinationId: string): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT name FROM vault.external_object
      WHERE destination_id = $1::uuid AND damaged_at IS NOT NULL AND condemned_at IS NULL`,
    [destinationId],
  );
  return rows.map(({ name }) => name);
}

/** Enters objects that copies need and that are not there: as if each had been sent, and was gone. */
export async function enterMissing(
  pool: Pool,
  destinationId: string,
  names: readonly string[],
): Promise<void> {
  await pool.query(
    `INSERT INTO vault.external_object AS o (destination_id, name, sent_at, checked_at, damaged_at)
     SELECT $1::uuid, name, now(), now(), now() FROM unnest($2::text[]) AS name
     ON CONFLICT (destination_id, name) DO UPDATE
       SET sent_at = coalesce(o.sent_at, now()), damaged_at = now(), condemned_at = NULL`,
    [destinationId, names],
  );
}

/** Enters objects that a listing of a place showed; their checksums are not known until they are read back. */
export async function enterFoundObjects(
  pool: Pool,
  destinationId: string,
  objects: readonly ListedObject[],
): Promise<void> {
  await pool.query(
    `INSERT INTO vault.external_object (destination_id, name, bytes, sent_at, checked_at, storage_class)
     SELECT $1::uuid, name, bytes, sent_at, CASE WHEN class = ANY ($6::text[]) THEN NULL ELSE sent_at END, class
       FROM unnest($2::text[], $3::int[], $4::timestamptz[], $5::text[]) AS found (name, bytes, sent_at, class)
     ON CONFLICT (destination_id, name) DO NOTHING`,
    [
      destinationId,
      objects.map(({ name }) => name),
      objects.map(({ bytes }) => bytes),
      objects.map(({ modifiedAt }) => modifiedAt),
      objects.map(({ storageClass }) => asStorageClass(storageClass)),
      frozenClasses,
    ],
  );
}

/** A job that worked at a destination while it was removed may have entered objects since. */
export async function forgetRemovedDestinations(pool: Pool): Promise<void> {
  for (const table of ['external_object', 'external_copy', 'external_total', 'external_day'])
    await pool.query(
      `DELETE FROM vault.${table} o
        WHERE NOT EXISTS (SELECT FROM vault.destination d WHERE d.id = o.destination_id)`,
    );
}
