import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { bytesOf, hostileElements, sourceOf, unzipped } from '#testing/exchange.ts';
import { unguardCell } from '../cell-text.ts';
import { exchangeColumns } from '../columns.ts';
import { writeFormat } from './formats.ts';

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
