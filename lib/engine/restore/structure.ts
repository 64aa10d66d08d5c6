import { FiberkeepError } from '#errors';
import type { StructureVersion } from '../ports.ts';

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
