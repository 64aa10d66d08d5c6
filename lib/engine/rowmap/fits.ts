import type { ManifestTable } from '../ports.ts';
import type { IdentifiedTable, PlantIdentity, TableIdentity } from './identity.ts';
import type { RowMap, TableMap } from './row-map.ts';

/** Why a table is read whole although there may be a row map. docs/internals/row-maps.md has the case for each. */
export type WholeReason =
  /** There is no map, or the caller wants none used. */
  | 'noMap'
  /** The role may not ask which cluster it reads. */
  | 'clusterUnknown'
  | 'otherCluster'
  | 'otherTimeline'
  | 'otherDatabase'
  | 'otherServerVersion'
  | 'otherCopySettings'
  /** The snapshot is older than the map's: the disk was put back. */
  | 'xidsBackwards'
  /** Transaction ids, of 32 bits in rows, could mean others by now. */
  | 'xidsTooFar'
  /** Not PostgreSQL's own heap. */
  | 'notHeap'
  /** A column's text depends on other rows of the catalogue. */
  | 'unstableType'
  /** The map does not have the table. */
  | 'tableNotInMap'
  /** Made anew, or rewritten by VACUUM FULL, CLUSTER, TRUNCATE or ALTER TABLE. */
  | 'fileChanged'
  | 'structureChanged'
  /** The map is not of this rope. */
  | 'otherRope'
  /** Chunks of the rope's own pieces are gone or do not open. */
  | 'ropeUnreadable'
  /** Rows were not what the map says. */
  | 'rowsDiffer';

/**
 * Half of what would do (2^31): transactions go on while the backup reads, and `age` in PostgreSQL is signed.
 */
const MAX_XIDS = 2n ** 30n;

/** Null where the map may tell rows of the snapshot `now`; each table is asked for by itself. */
export function plantMisfit(
  map: Pick<RowMap, 'plant'> | null,
  now: PlantIdentity | null,
): WholeReason | null {
  if (!now) return 'clusterUnknown';
  if (!map) return 'noMap';
  const { plant } = map;
  if (plant.cluster !== now.cluster) return 'otherCluster';
  if (plant.timeline !== now.timeline) return 'otherTimeline';
  if (plant.database !== now.database) return 'otherDatabase';
  if (plant.serverVersion !== now.serverVersion) return 'otherServerVersion';
  if (plant.copySettings !== now.copySettings) return 'otherCopySettings';
  if (now.xmax < plant.xmax) return 'xidsBackwards';
  if (now.xmax - plant.xmin >= MAX_XIDS) return 'xidsTooFar';
  return null;
}

/** Null where equal (ctid, xmin) mean equal text in this table. `rope`: of the manifest that the map goes with. */
export function tableMisfit(
  table: IdentifiedTable,
  map: TableMap | undefined,
  rope: ManifestTable | undefined,
): WholeReason | null {
  const unmappable = tableUnmappable(table);
  if (unmappable) return unmappable;
  if (!map) return 'tableNotInMap';
  if (map.identity.oid !== table.oid || map.identity.file !== table.file) return 'fileChanged';
  if (map.identity.structure !== table.structure) return 'structureChanged';
  if (map.rope !== rope?.digest) return 'otherRope';
  return null;
}

/** Null where a row map of the table can be made. */
export function tableUnmappable({ isHeap, unstable }: IdentifiedTable): WholeReason | null {
  if (!isHeap) return 'notHeap';
  return unstable.length > 0 ? 'unstableType' : null;
}

/** Of the table as it is now, for the next map. */
export function identityOf({ name, oid, file, structure }: IdentifiedTable): TableIdentity {
  return { name, oid, file, structure };
}

/** Transaction ids of 32 bits, as rows have them. */
export interface XidWindow {
  /**
   * Ids [from, from + width), modulo 2^32: from the oldest that ran at the map's snapshot up to the newest of this one.
   * Only their rows can have come since. pg_snapshot lists no subtransactions, so all from its xmin on count as running.
   */
  readonly from: number;
  readonly width: number;
  /** Ids have gone round once: an old row may have the id of a new transaction. */
  readonly haveGoneRound: boolean;
}

export function xidsSince(map: PlantIdentity, now: PlantIdentity): XidWindow {
  return {
    from: Number(BigInt.asUintN(32, map.xmin)),
    width: Number(now.xmax - map.xmin),
    haveGoneRound: now.xmax >= 2n ** 32n,
  };
}

export function isInWindow(xid: number, { from, width }: XidWindow): boolean {
  return (xid - from) >>> 0 < width;
}

/**
 * Whether a new row could have taken the place of an old one with the same id of 32 bits. Such a row is fetched,
 * whatever the map says. Before ids have gone round, an id names one transaction, which writes nothing once it ended.
 */
export function couldBeAnother(xid: number, window: XidWindow): boolean {
  return window.haveGoneRound && isInWindow(xid, window);
}
