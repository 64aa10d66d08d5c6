import type { ManifestTable } from '../ports.ts';
import type { Table } from '../postgres/introspect.ts';
import type { Snapshot } from '../postgres/snapshot.ts';
import {
  plantMisfit,
  tableMisfit,
  tableUnmappable,
  type WholeReason,
  type XidWindow,
  xidsSince,
} from '../rowmap/fits.ts';
import {
  type IdentifiedTable,
  identifyPlant,
  identifyTables,
  type PlantIdentity,
} from '../rowmap/identity.ts';
import type { TableMap } from '../rowmap/row-map.ts';
import type { CreateRequest } from './request.ts';

/** What is read by which map. */
export interface MapPlan {
  /** Null where no map can be made. */
  readonly plant: PlantIdentity | null;
  of(table: Table): HowToRead;
}

export interface HowToRead {
  /** Null where no map of the table can be made. */
  readonly identified: IdentifiedTable | null;
  readonly mapped: ByMap | null;
  /** Why not by a map; null where it is. */
  readonly whole: WholeReason | null;
}

/** A map that fits the table. */
export interface ByMap {
  readonly identified: IdentifiedTable;
  readonly map: TableMap;
  readonly earlier: ManifestTable;
  readonly window: XidWindow;
  readonly turn: number;
}

/** Decides for each table of the snapshot whether the row map may be used. */
export async function planMaps(request: CreateRequest, snapshot: Snapshot): Promise<MapPlan> {
  const known = request.known ?? null;
  const plant = await identifyPlant(snapshot.client);
  const tables = await identifyTables(snapshot.client, snapshot.schema);
  const misfit = plantMisfit(known?.map ?? null, plant);
  return {
    plant,
    of({ name }) {
      const found = tables.get(name);
      const identified = plant && found && !tableUnmappable(found) ? found : null;
      const whole = (reason: WholeReason) => ({ identified, mapped: null, whole: reason });
      if (!found || !plant || !known || misfit) return whole(misfit ?? 'tableNotInMap');
      const map = known.map.tables.find((table) => table.identity.name === name);
      const earlier = known.manifest.tables.find((table) => table.name === name);
      const reason = tableMisfit(found, map, earlier);
      if (reason || !map || !earlier) return whole(reason ?? 'tableNotInMap');
      const window = xidsSince(known.map.plant, plant);
      const mapped = { identified: found, map, earlier, window, turn: known.turn };
      return { identified, mapped, whole: null };
    },
  };
}
