import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import sqlite from 'node-sqlite3-wasm';
import readExcel from 'read-excel-file/node';
import { parser } from 'sax';
import { describe, expect, test } from 'vitest';
import type { Locale } from '#errors/locale.ts';
import { bytesOf, hostileElements, sourceOf, unzipped } from '#testing/exchange.ts';
import { unguardCell } from '../cell-text.ts';
import { exchangeColumns } from '../columns.ts';
import type { ExchangeSource } from '../element.ts';
import type { ExportFormat } from './formats.ts';
import { writeFormat } from './write-format.ts';
import { MOST_CELL_CHARACTERS } from './xlsx.ts';

const [project, pole, cable, bare] = hostileElements.map(({ values }) => values);
const poles = sourceOf(hostileElements.filter(({ kind }) => kind === 'pole'));
const all = sourceOf(hostileElements);
const scratch = { folder: tmpdir(), requireRoom: async () => {} };

/** The whole file. */
const written = (format: ExportFormat, source: ExchangeSource, locale: Locale) =>
  bytesOf(writeFormat(format, source, locale, scratch));

describe('GeoJSON', () => {
  test('has a feature for each element, with its place and its fields', async () => {
    const text = (await written('GEOJSON', all, 'pt-BR')).toString();
    const { type, features } = JSON.parse(text);
    expect(type).toBe('FeatureCollection');
    expect(features).toHaveLength(4);
    expect(features[0]).toMatchObject({ type: 'Feature', id: project?.id, geometry: null });
    expect(features[0].properties).toEqual({ kind: 'project', ...project });
    const { lat, lng, ...others } = pole ?? {};
    expect(features[1].geometry).toEqual({ type: 'Point', coordinates: [lng, lat] });
    expect(features[1].properties).toEqual({ kind: 'pole', ...others });
    expect(features[2].geometry).toEqual({ type: 'LineString', coordinates: cable?.path });
    expect(features[2].properties).toMatchObject({ type: 'DROP', tags: ['x'], lengthMeters: 1e-7 });
    expect(features[3]).toMatchObject({ geometry: null, properties: { name: bare?.name } });
  });

  test('of nothing is a collection without features', async () => {
    const text = (await written('GEOJSON', sourceOf([]), 'en')).toString();
    expect(JSON.parse(text)).toEqual({ type: 'FeatureCollection', features: [] });
  });
});

describe('CSV', () => {
  test('in English has commas and decimal points', async () => {
    const bytes = await written('CSV', poles, 'en');
    expect(bytes.subarray(0, 3).toString('hex')).toBe('efbbbf');
    const [row] = parse(bytes, { bom: true, columns: true }) as Record<string, string>[];
    expect(row).toMatchObject({
      Latitude: String(pole?.lat),
      Longitude: String(pole?.lng),
      Licensing: 'Licensed',
      'Licensing protocol': '0012',
      Project: project?.name,
    });
  });

  test.each(['pt-BR', 'es'] as const)('in %s has semicolons and decimal commas', async (locale) => {
    const bytes = await written('CSV', poles, locale);
    const rows = parse(bytes, { bom: true, delimiter: ';' }) as string[][];
    expect(rows[0]).toEqual(exchangeColumns.pole.map(({ titles }) => titles[locale]));
    expect(rows[1]?.[4]).toBe(String(pole?.lat).replace('.', ','));
  });

  test('has no cell that a spreadsheet calculates, and each can be read as it was', async () => {
    const files = await unzipped(await written('CSV', all, 'en'));
    expect([...files.keys()]).toEqual(['Projects.csv', 'Poles.csv', 'Cables.csv']);
    const rows = [...files.values()].flatMap((file) => parse(file, { bom: true }) as string[][]);
    const cells = rows.flat();
    const numbers = cells.filter((cell) => /^-\d+\.\d+$/.test(cell));
    expect(numbers).toEqual([String(pole?.lat), String(pole?.lng)]);
    const calculated = cells.filter((cell) => /^[=+\-@\t\r]/.test(cell));
    expect(calculated).toEqual(numbers);
    const read = cells.map(unguardCell);
    for (const text of [pole?.name, pole?.address, cable?.observation, project?.description])
      expect(read).toContain(text);
    for (const cell of ['"a;b"; """c"""', '0.0000001', JSON.stringify(cable?.path)])
      expect(cells).toContain(cell);
  });
});

describe('KMZ', () => {
  test('has a folder for each project, in it one for each kind, and the fields of each element', async () => {
    const files = await unzipped(await written('KMZ', all, 'es'));
    const [placemarks, path] = readKml(files.get('doc.kml')?.toString() ?? '');
    expect(path).toEqual([
      ['Red', project?.name],
      ['Red', project?.name, 'Postes'],
      ['Red', 'Sin proyecto'],
      ['Red', 'Sin proyecto', 'Cables'],
    ]);
    expect(placemarks.map(({ name }) => name)).toEqual([pole?.name, cable?.name, bare?.name]);
    expect(placemarks[0]?.data).toMatchObject({
      kind: 'pole',
      licensingStatus: 'Concedida',
      licensingProtocol: '0012',
      project: project?.name,
    });
    expect(placemarks[0]?.coordinates).toBe(`${pole?.lng},${pole?.lat}`);
    expect(placemarks[1]?.coordinates).toBe('-60.1,-3.1 -60.2,-3.2');
    expect(placemarks[2]?.coordinates).toBe('');
  });
});

interface Placemark {
  name: string;
  coordinates: string;
  readonly data: Record<string, string>;
}

/** The placemarks of a document, and the paths of its folders, read by a strict parser of XML. */
function readKml(xml: string): [Placemark[], string[][]] {
  const placemarks: Placemark[] = [];
  const folders: string[][] = [];
  const path: string[] = [];
  let text = '';
  let field = '';
  let inPlacemark = false;
  const strict = parser(true);
  strict.onerror = (error) => {
    throw error;
  };
  strict.onopentag = ({ name, attributes }) => {
    text = '';
    if (name === 'Placemark') {
      placemarks.push({ name: '', coordinates: '', data: {} });
      inPlacemark = true;
    }
    if (name === 'Document' || name === 'Folder') path.push('');
    if (name === 'Data') field = String(attributes.name);
  };
  strict.ontext = (piece) => {
    text += piece;
  };
  strict.onclosetag = (name) => {
    const last = placemarks.at(-1);
    if (name === 'name' && inPlacemark && last) last.name = text;
    if (name === 'name' && !inPlacemark) {
      path[path.length - 1] = text;
      if (path.length > 1) folders.push([...path]);
    }
    if (name === 'value' && inPlacemark && last) last.data[field] = text;
    if (name === 'coordinates' && last) last.coordinates = text;
    if (name === 'Placemark') inPlacemark = false;
    if (name === 'Document' || name === 'Folder') path.pop();
  };
  strict.write(xml).close();
  return [placemarks, folders];
}

describe('XLSX', () => {
  test('has a sheet for each kind, with texts as they are and numbers as numbers', async () => {
    const bytes = await written('XLSX', all, 'pt-BR');
    const sheets = await readExcel(bytes);
    expect(sheets.map(({ sheet }) => sheet)).toEqual(['Projetos', 'Postes', 'Cabos']);
    const [projects, poles, cables] = sheets.map(({ data }) => data);
    expect(poles?.[0]).toEqual(exchangeColumns.pole.map(({ titles }) => titles['pt-BR']));
    expect(poles?.[1]?.slice(0, 6)).toEqual([
      ...[pole?.id, null, pole?.name, project?.name],
      ...[pole?.lat, pole?.lng],
    ]);
    expect(poles?.[1]).toContain('0012');
    expect(projects?.[1]?.[3]).toBe(project?.description);
    expect(cables?.[1]).toContain('Drop');
    expect(cables?.[1]).toContain(1e-7);
    expect((await unzipped(bytes)).get('xl/worksheets/sheet2.xml')?.toString()).not.toMatch(
      /<f[ >]/,
    );
  });

  test('continues a path that is longer than a cell in the next cells', async () => {
    const path = Array.from({ length: 3000 }, (_, n) => [-60.123456 + n / 1e6, -3.123456] as const);
    const [, , long] = hostileElements;
    if (!long) throw new Error('there is no cable');
    const source = sourceOf([{ ...long, values: { ...long.values, path } }]);
    const [cables] = await readExcel(await written('XLSX', source, 'en'));
    const cells = cables?.data[1]?.slice(exchangeColumns.cable.length - 1) ?? [];
    expect(cells.length).toBeGreaterThan(1);
    for (const cell of cells) expect(String(cell).length).toBeLessThanOrEqual(MOST_CELL_CHARACTERS);
    expect(JSON.parse(cells.join(''))).toEqual(path);
  });
});

describe('GeoPackage', () => {
  test('has a table for each kind, which SQLite reads', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-gpkg-'));
    const file = path.join(folder, 'a.gpkg');
    await writeFile(file, await written('GEOPACKAGE', all, 'en'));
    const db = new sqlite.Database(file, { readOnly: true });
    expect(db.get('PRAGMA application_id')).toEqual({ application_id: 0x47504b47 });
    expect(db.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    expect(db.all('SELECT table_name, min_x, max_y FROM gpkg_contents')).toEqual([
      { table_name: 'project', min_x: null, max_y: null },
      { table_name: 'pole', min_x: pole?.lng, max_y: pole?.lat },
      { table_name: 'cable', min_x: -60.2, max_y: -3.1 },
    ]);
    const { geom, fid, ...fields } = db.get('SELECT * FROM pole') as Record<string, unknown>;
    expect({ ...fields, lat: pole?.lat, lng: pole?.lng, tags: [] }).toEqual(pole);
    expect(fid).toBe(1);
    // GP, version 0, little-endian without an envelope, SRS 4326; then WKB of a point.
    const bytes = Buffer.from(geom as Uint8Array);
    expect(bytes.subarray(0, 13).toString('hex')).toBe('47500001e6100000' + '0101000000');
    expect([bytes.readDoubleLE(13), bytes.readDoubleLE(21)]).toEqual([pole?.lng, pole?.lat]);
    const [line, none] = db.all('SELECT geom, tags FROM cable ORDER BY fid') as {
      geom: Uint8Array;
    }[];
    expect(Buffer.from(line?.geom ?? []).readUInt32LE(13)).toBe(2);
    expect(line).toMatchObject({ tags: 'x' });
    expect(none?.geom).toBeNull();
    db.close();
    await rm(folder, { recursive: true });
  });

  test('leaves nothing in its folder, also where it breaks off', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-gpkg-'));
    const full = { folder, requireRoom: () => Promise.reject(new Error('disk full')) };
    const broken = bytesOf(writeFormat('GEOPACKAGE', all, 'en', full));
    await expect(broken).rejects.toThrow('disk full');
    await bytesOf(writeFormat('GEOPACKAGE', all, 'en', { ...scratch, folder }));
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });
});
