import { FiberkeepError } from '#errors';
import type { NotRestorable, StructureVersion, TableShape } from '../ports.ts';

/**
 * How many of our migrations the backup has: its structure must be a prefix of ours. Throws STRUCTURE_NEWER
 * where it has migrations that this server lacks, STRUCTURE_DIFFERENT where one of ours has another
 * checksum or place in the order.
 */
export function commonMigrations(backup: StructureVersion, ours: StructureVersion): number {
  const known = new Set(ours.map((migration) => migration.name));
  const unknown = backup.find((migration) => !known.has(migration.name));
  if (unknown)
    throw new FiberkeepError('STRUCTURE_NEWER', {
      reason: 'migrationUnknown',
      params: { migration: unknown.name },
    });
  const differing = backup.findIndex(
    (migration, at) =>
      migration.name !== ours[at]?.name || migration.checksum !== ours[at]?.checksum,
  );
  if (differing >= 0)
    throw new FiberkeepError('STRUCTURE_DIFFERENT', {
      reason: 'migrationDiffers',
      params: { migration: backup[differing]?.name ?? '' },
    });
  return backup.length;
}

/** Whether both are the same migrations in the same order. */
export function sameStructure(one: StructureVersion, other: StructureVersion): boolean {
  return (
    one.length === other.length &&
    one.every(
      (migration, at) =>
        migration.name === other[at]?.name && migration.checksum === other[at]?.checksum,
    )
  );
}

/** How the tables that a plant or a backup has differ from those that its migrations make, by table. */
export function findNotRestorable(
  held: readonly TableShape[],
  made: readonly TableShape[],
): NotRestorable[] {
  return [...differing(held, made, 'MADE_BY_HAND'), ...differing(made, held, 'MISSING')].sort(
    (one, other) => (one.table < other.table ? -1 : Number(one.table > other.table)),
  );
}

/** What `there` has and `here` lacks. */
function differing(
  there: readonly TableShape[],
  here: readonly TableShape[],
  reason: NotRestorable['reason'],
): NotRestorable[] {
  return there.flatMap(({ name: table, columns }): NotRestorable[] => {
    const same = here.find((one) => one.name === table);
    if (!same) return [{ table, columns: null, reason }];
    const odd = columns.filter((column) => !same.columns.includes(column));
    return odd.length > 0 ? [{ table, columns: odd, reason }] : [];
  });
}

/** Tables by name, with their columns where not all of a table is meant. */
export function namesOf(entries: readonly Omit<NotRestorable, 'reason'>[]): string {
  return entries
    .map(({ table, columns }) => (columns ? `${table} (${columns.join(', ')})` : table))
    .join(', ');
}
