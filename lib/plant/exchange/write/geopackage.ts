import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type sqlite from 'node-sqlite3-wasm';
import { joinTags } from '../cell-text.ts';
import { type ExchangeColumn, type ExchangeKind, exchangeColumns } from '../columns.ts';
import {
  type ExchangeElement,
  type ExchangeSource,
  type Geometry,
  geometryColumns,
  geometryOf,
} from '../element.ts';
import { geometryBlob, SRS_ID } from './geometry-blob.ts';

/** Where a file is made that cannot be sent while it is written. */
export interface Scratch {
  readonly folder: string;
  /** Asked before each part. Throws where the disk lacks room. */
  requireRoom(): Promise<void>;
}

const ROWS_A_PART = 10_000;

/**
 * A GeoPackage (OGC 12-128r18) with a table for each kind, columns and words as the API has them. SQLite goes back
 * and forth in a file, so it is written whole into the scratch folder, read from there, and deleted.
 */
export async function* writeGeoPackage(
  source: ExchangeSource,
  scratch: Scratch,
): AsyncGenerator<Uint8Array, void> {
  await mkdir(scratch.folder, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(path.join(scratch.folder, 'network-'));
  try {
    const file = path.join(folder, 'network.gpkg');
    await fill(file, source, scratch);
    yield* createReadStream(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fill(file: string, source: ExchangeSource, scratch: Scratch): Promise<void> {
  // A megabyte of WebAssembly, loaded when the first one is asked for.
  const { default: wasm } = await import('node-sqlite3-wasm');
  const db = new wasm.Database(file);
  try {
    db.exec(SETTINGS);
    db.exec('BEGIN');
    db.exec(TABLES);
    for (const kind of source.kinds) await addTable(db, kind, source, scratch);
    db.exec('COMMIT');
  } finally {
    db.close();
  }
}

/** Clauses 1.1.1.1.1 and 1.1.1.1.2. A file that breaks off is thrown away, so nothing guards it against that. */
const SETTINGS = `
  PRAGMA application_id = ${0x47504b47};
  PRAGMA user_version = 10300;
  PRAGMA journal_mode = OFF;
  PRAGMA synchronous = OFF;`;

const WGS84 =
  'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]';

/** Clauses 1.1.2, 1.1.3 and 2.1.5. */
const TABLES = `
  CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
  INSERT INTO gpkg_spatial_ref_sys VALUES
    ('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', NULL),
    ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', NULL),
    ('WGS 84', ${SRS_ID}, 'EPSG', ${SRS_ID}, '${WGS84}', NULL);
  CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
    description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER REFERENCES gpkg_spatial_ref_sys(srs_id));
  CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL UNIQUE REFERENCES gpkg_contents(table_name),
    column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
    srs_id INTEGER NOT NULL REFERENCES gpkg_spatial_ref_sys(srs_id), z TINYINT NOT NULL, m TINYINT NOT NULL,
    PRIMARY KEY (table_name, column_name));`;

/** Numbers that are whole. */
const WHOLE: readonly string[] = ['level', 'ports', 'fiberCount', 'tubeCount', 'port'];

async function addTable(
  db: sqlite.Database,
  kind: ExchangeKind,
  source: ExchangeSource,
  scratch: Scratch,
): Promise<void> {
  const columns = exchangeColumns[kind].filter(({ name }) => !geometryColumns.includes(name));
  declareTable(db, kind, columns);
  const marks = ['?', ...columns.map(() => '?')].join(', ');
  const insert = db.prepare(`INSERT INTO "${kind}" VALUES (NULL, ${marks})`);
  const bounds = new Bounds();
  try {
    let rows = 0;
    for await (const element of source.elements(kind)) {
      if (rows++ % ROWS_A_PART === 0) await scratch.requireRoom();
      const geometry = geometryOf(element);
      if (geometry) bounds.add(geometry);
      const blob = geometry && geometryBlob(geometry);
      insert.run([blob, ...columns.map((column) => valueIn(column, element))]);
    }
  } finally {
    insert.finalize();
  }
  db.run(
    'UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?',
    [...bounds.corners(), kind],
  );
}

/** Projects have no place, but the column all the same: so all tables are read alike. */
function declareTable(
  db: sqlite.Database,
  kind: ExchangeKind,
  columns: readonly ExchangeColumn[],
): void {
  const shape = kind === 'cable' ? 'LINESTRING' : 'POINT';
  const declared = columns.map(({ name, type }) => `"${name}" ${sqlType(name, type)}`);
  db.exec(`CREATE TABLE "${kind}" (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom ${shape},
    ${declared.join(', ')})`);
  db.run(
    "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (?, 'features', ?, ?)",
    [kind, kind, SRS_ID],
  );
  db.run('INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, 0, 0)', [
    kind,
    'geom',
    shape,
    SRS_ID,
  ]);
}

function sqlType(name: string, type: ExchangeColumn['type']): string {
  if (type !== 'number') return 'TEXT';
  return WHOLE.includes(name) ? 'INTEGER' : 'DOUBLE';
}

function valueIn({ name, type }: ExchangeColumn, { values }: ExchangeElement) {
  const value = values[name] ?? null;
  if (type === 'tags') return joinTags(value as readonly string[]);
  return value as string | number | null;
}

/** The smallest box around geometries, clause 1.1.3.1.1. */
class Bounds {
  #corners: [number, number, number, number] | null = null;

  add({ type, coordinates }: Geometry): void {
    for (const [lng, lat] of type === 'Point' ? [coordinates] : coordinates) {
      const [west, south, east, north] = this.#corners ?? [lng, lat, lng, lat];
      this.#corners = [
        Math.min(west, lng),
        Math.min(south, lat),
        Math.max(east, lng),
        Math.max(north, lat),
      ];
    }
  }

  corners(): (number | null)[] {
    return this.#corners ?? [null, null, null, null];
  }
}
