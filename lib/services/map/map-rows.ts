import type pg from 'pg';
import type { Bounds } from './tile-place.ts';

export type PlacedKind = 'pole' | 'box' | 'client';

/** One element with a place. `status`: the licensing of a pole, the deployment of a box, the state of a client. */
export interface PlacedRow {
  readonly id: string;
  readonly name: string;
  readonly project: string | null;
  readonly type: string;
  readonly status: string;
  readonly lng: number;
  readonly lat: number;
}

export interface CableRow extends Omit<PlacedRow, 'lng' | 'lat'> {
  /** GeoJSON positions, as far as anybody checked. */
  readonly path: unknown;
}

const columns: Record<PlacedKind, string> = {
  pole: 'type, licensing_status AS status',
  box: 'type, deployment_status AS status',
  client: 'plan AS type, status',
};

/** The elements of a kind in `bounds`, its edges included. */
export async function placedIn(
  pool: pg.Pool,
  kind: PlacedKind,
  bounds: Bounds,
): Promise<PlacedRow[]> {
  const { rows } = await pool.query<PlacedRow>({
    name: `map-${kind}`,
    text: `SELECT id, name, project_id AS project, ${columns[kind]}, lng, lat FROM plant."${kind}"
            WHERE point(lng, lat) <@ box(point($1, $2), point($3, $4))`,
    values: corners(bounds),
  });
  return rows;
}

/** The cables that may run through `bounds`: see `cable_reach` in the plant's migrations. */
export async function cablesNear(pool: pg.Pool, bounds: Bounds): Promise<CableRow[]> {
  const { rows } = await pool.query<CableRow>({
    name: 'map-cable',
    text: `SELECT id, name, project_id AS project, type, deployment_status AS status, path
             FROM plant.cable
            WHERE plant.cable_reach(path, length_meters) && box(point($1, $2), point($3, $4))`,
    values: corners(bounds),
  });
  return rows;
}

function corners({ west, south, east, north }: Bounds): number[] {
  return [west, south, east, north];
}

/** Elements in one square of a grid, by kind, with the sums of their places. */
export interface CellRow {
  readonly x: number;
  readonly y: number;
  readonly poles: number;
  readonly boxes: number;
  readonly cables: number;
  readonly clients: number;
  readonly lng: number;
  readonly lat: number;
}

/**
 * All elements with a place, counted on a grid of 2^`zoom` squares a side of the square map. A cable counts where it
 * begins. Reads every row.
 */
export async function countCells(pool: pg.Pool, zoom: number): Promise<CellRow[]> {
  const { rows } = await pool.query<CellRow>(
    `SELECT least(floor((lng + 180) / 360 * $1::float8), $1::float8 - 1)::int AS x,
            greatest(0, least(floor((0.5 - ln((1 + sine) / (1 - sine)) / (4 * pi())) * $1::float8), $1::float8 - 1))::int AS y,
            sum(poles)::int AS poles, sum(boxes)::int AS boxes, sum(cables)::int AS cables,
            sum(clients)::int AS clients, sum(lng) AS lng, sum(lat) AS lat
       FROM (SELECT lng, lat, sind(greatest(least(lat, 85.0511287798066), -85.0511287798066)) AS sine,
                    poles, boxes, cables, clients
               FROM (${PLACES}) AS placed) AS projected
      GROUP BY 1, 2`,
    [2 ** zoom],
  );
  return rows;
}

const PLACES = `
  SELECT lng, lat, 1 AS poles, 0 AS boxes, 0 AS cables, 0 AS clients FROM plant.pole
  UNION ALL SELECT lng, lat, 0, 1, 0, 0 FROM plant.box
  UNION ALL SELECT lng, lat, 0, 0, 0, 1 FROM plant.client
  UNION ALL SELECT round(lng, 7)::float8, round(lat, 7)::float8, 0, 0, 1, 0
    FROM (SELECT CASE WHEN jsonb_typeof(path -> 0 -> 0) = 'number' THEN (path -> 0 -> 0)::numeric END AS lng,
                 CASE WHEN jsonb_typeof(path -> 0 -> 1) = 'number' THEN (path -> 0 -> 1)::numeric END AS lat
            FROM plant.cable) AS begun
   WHERE abs(lng) <= 180 AND abs(lat) <= 90`;

/**
 * A text that differs when rows with a place were written since, or a swap brought other tables. PostgreSQL counts
 * writes some seconds late; a text that stays the same for longer says that nothing changed.
 */
export async function networkVersion(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ version: string | null }>(
    `SELECT string_agg(concat_ws(':', c.oid, c.relfilenode, pg_stat_get_tuples_inserted(c.oid)
              + pg_stat_get_tuples_updated(c.oid) + pg_stat_get_tuples_deleted(c.oid)), ' ' ORDER BY c.oid) AS version
       FROM pg_class c
      WHERE c.oid IN ('plant.pole'::regclass, 'plant.box'::regclass, 'plant.cable'::regclass, 'plant.client'::regclass)`,
  );
  return rows[0]?.version ?? '';
}
