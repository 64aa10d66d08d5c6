import { parse } from 'csv-parse/sync';
import readExcel from 'read-excel-file/node';
import { parser } from 'sax';
import { describe, expect, test } from 'vitest';
import { bytesOf, hostileElements, sourceOf, unzipped } from '#testing/exchange.ts';
import { unguardCell } from '../cell-text.ts';
import { exchangeColumns } from '../columns.ts';
import { writeFormat } from './formats.ts';
import { MOST_CELL_CHARACTERS } from './xlsx.ts';

const [project, pole, cable, bare] = hostileElements.map(({ values }) => values);
const poles = sourceOf(hostileElements.filter(({ kind }) => kind === 'pole'));
const all = sourceOf(hostileElements);

describe('GeoJSON', () => {
  test('has a feature for each element, with its place and its fields', async () => {
    const text = (await bytesOf(writeFormat('GEOJSON', all, 'pt-BR'))).toString();
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
    const text = (await bytesOf(writeFormat('GEOJSON', sourceOf([]), 'en'))).toString();
    expect(JSON.parse(text)).toEqual({ type: 'FeatureCollection', features: [] });
  });
});

describe('CSV', () => {
  test('in English has commas and decimal points', async () => {
    const bytes = await bytesOf(writeFormat('CSV', poles, 'en'));
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
    const bytes = await bytesOf(writeFormat('CSV', poles, locale));
    const rows = parse(bytes, { bom: true, delimiter: ';' }) as string[][];
    expect(rows[0]).toEqual(exchangeColumns.pole.map(({ titles }) => titles[locale]));
    expect(rows[1]?.[4]).toBe(String(pole?.lat).replace('.', ','));
  });

  test('has no cell that a spreadsheet calculates, and each can be read as it was', async () => {
    const files = await unzipped(await bytesOf(writeFormat('CSV', all, 'en')));
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
    const files = await unzipped(await bytesOf(writeFormat('KMZ', all, 'es')));
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
    const bytes = await bytesOf(writeFormat('XLSX', all, 'pt-BR'));
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
    const [cables] = await readExcel(await bytesOf(writeFormat('XLSX', source, 'en')));
    const cells = cables?.data[1]?.slice(exchangeColumns.cable.length - 1) ?? [];
    expect(cells.length).toBeGreaterThan(1);
    for (const cell of cells) expect(String(cell).length).toBeLessThanOrEqual(MOST_CELL_CHARACTERS);
    expect(JSON.parse(cells.join(''))).toEqual(path);
  });
});
