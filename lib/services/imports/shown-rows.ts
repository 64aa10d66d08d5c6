import type pg from 'pg';
import { escapeIdentifier } from 'pg';
import type { FieldError } from '#errors';
import type { ExchangeKind } from '#plant/exchange/columns.ts';
import { invalidCursor } from '../page.ts';
import type { RowState } from './import-rows.ts';

/** One row of a file, as the preview shows it. */
export interface ShownRow {
  /** Where it is in the list. */
  readonly at: number;
  /** Its line, or the number of its feature; null: a project that rows name. */
  readonly place: number | null;
  readonly kind: ExchangeKind;
  readonly state: RowState;
  readonly name: string;
  readonly project: string | null;
  readonly lat: number | null;
  readonly lng: number | null;
  /** What an update changes: values of now and of the file. */
  readonly changes: readonly {
    readonly name: string;
    readonly before: unknown;
    readonly after: unknown;
  }[];
  readonly faults: readonly FieldError[];
}

/** Wrong rows first, then what changes most. */
const ORDER = `ARRAY['WRONG', 'DUPLICATE', 'UPDATED', 'NEW', 'SAME']`;

/** One page of rows by the number of the last one before it. */
export async function pageOfRows(
  pool: pg.Pool,
  schema: string,
  { take, after, state }: { take: number; after?: string | null; state?: RowState | null },
): Promise<ShownRow[]> {
  if (after != null && !/^\d{1,12}$/.test(after)) throw invalidCursor();
  const row = `${escapeIdentifier(schema)}.row`;
  const { rows } = await pool.query<ShownRow>(
    `SELECT at::float8 AS at, place, kind, state, name, refs ->> 'project_id' AS project, lat, lng, faults,
            CASE state WHEN 'UPDATED' THEN (SELECT jsonb_agg(c ORDER BY c ->> 'name') FROM (
              SELECT jsonb_build_object('name', key, 'before', CASE key WHEN 'path' THEN to_jsonb(jsonb_array_length(before -> key)) ELSE before -> key END,
                     'after', CASE key WHEN 'path' THEN to_jsonb(jsonb_array_length(value)) ELSE value END) AS c FROM jsonb_each(changes)
              UNION ALL SELECT jsonb_build_object('name', 'tags', 'before', old_tags, 'after', tags) WHERE tags IS NOT NULL AND tags <> old_tags) d)
            END AS changes
       FROM (SELECT *, array_position(${ORDER}, state)::bigint * 10000000 + coalesce(n, 0) AS at FROM ${row}) r
      WHERE at > $1 AND ($2::text IS NULL OR state = $2) ORDER BY at LIMIT $3`,
    [after ?? -1, state ?? null, take],
  );
  return rows.map((shown) => ({ ...shown, changes: shown.changes ?? [] }));
}

export const rowNumber = ({ at }: ShownRow) => String(at);
