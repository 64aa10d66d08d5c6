import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import type { Feature } from './feature.ts';
import { readFeatures } from './read-features.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-read-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(name: string, content: string | Buffer): Promise<Feature[]> {
  const file = path.join(folder, 'file');
  await writeFile(file, content);
  const features: Feature[] = [];
  for await (const feature of readFeatures(file, name)) features.push(feature);
  return features;
}

async function zip(entries: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const packed = new ZipFile();
  for (const [name, content] of Object.entries(entries))
    packed.addBuffer(Buffer.from(content), name);
  packed.end();
  return buffer(packed.outputStream);
}

/** As Google Earth saves it. */
const kml = `<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2">
<Document><name>rede.kmz</name><Style id="s"><IconStyle><Icon><href>x.png</href></Icon></IconStyle></Style>
<Folder><name>Rede São José</name><open>1</open>
  <Folder><name>CTO</name>
    <Placemark><name>CTO-01</name><description><![CDATA[<b>16</b> portas<br>Poste 3]]></description>
      <ExtendedData><Data name="Portas"><value>16</value></Data>
        <SchemaData schemaUrl="#x"><SimpleData name="codigo">A &amp; B</SimpleData></SchemaData></ExtendedData>
      <Point><coordinates>-46.6331,-23.5501,0</coordinates></Point></Placemark>
  </Folder>
  <Folder><name>Cabos</name>
    <Placemark><name>Cabo 12FO</name><LineString><coordinates>
      -46.6331,-23.5501,0 -46.6332,-23.5502,0 </coordinates></LineString></Placemark>
  </Folder>
</Folder></Document></kml>`;

const ofEarth: Feature[] = [
  {
    group: 'Rede São José / CTO',
    place: 1,
    values: { name: 'CTO-01', description: '16 portas\nPoste 3', Portas: '16', codigo: 'A & B' },
    shape: { kind: 'POINT', at: [-46.6331, -23.5501] },
  },
  {
    group: 'Rede São José / Cabos',
    place: 2,
    values: { name: 'Cabo 12FO' },
    shape: {
      kind: 'LINE',
      path: [
        [-46.6331, -23.5501],
        [-46.6332, -23.5502],
      ],
    },
  },
];

describe('what a file tells of', () => {
  test.each([
    ['semicolons in Windows-1252', Buffer.from('Nome;Endereço\r\n"São; 1";Rua\r\n', 'latin1')],
    ['commas in UTF-8 with a mark', Buffer.from('\uFEFFNome,Endereço\n"São; 1",Rua\n')],
    ['tabs in UTF-16', Buffer.from('\uFEFFNome\tEndereço\nSão; 1\tRua\n', 'utf16le')],
    ['a named delimiter', Buffer.from('sep=|\nNome|Endereço\nSão; 1|Rua\n')],
  ])('a table with %s', async (_what, content) => {
    const [feature] = await read('a.csv', content);
    expect(feature?.values).toEqual({ Nome: 'São; 1', Endereço: 'Rua' });
  });

  test('a quote that keeps spreadsheets from computing is no part of a text', async () => {
    const [feature] = await read('a.csv', "name,obs\n'=1+1,'plain\n");
    expect(feature?.values).toEqual({ name: '=1+1', obs: "'plain" });
  });

  test('placemarks of KML and KMZ with folders, data and shapes', async () => {
    expect(await read('rede.kml', kml)).toEqual(ofEarth);
    const packed = await zip({ 'files/x.png': 'png', 'doc.kml': kml });
    expect(await read('rede.kmz', packed)).toEqual(ofEarth);
  });

  test('features of GeoJSON, and texts of GPX', async () => {
    const collection = {
      type: 'FeatureCollection',
      features: [
        {
          type: 'Feature',
          properties: { nome: 'P1', altura: 9, vazio: null, tags: ['a', 'b'] },
          geometry: { type: 'Point', coordinates: [-46.6, -23.5, 700] },
        },
        {
          type: 'Feature',
          properties: {},
          geometry: {
            type: 'MultiLineString',
            coordinates: [
              [
                [1, 2],
                [3, 4],
              ],
            ],
          },
        },
      ],
    };
    expect(await read('a.geojson', JSON.stringify(collection))).toEqual([
      {
        group: '',
        place: 1,
        values: { nome: 'P1', altura: '9', tags: 'a; b' },
        shape: { kind: 'POINT', at: [-46.6, -23.5] },
      },
      {
        group: '',
        place: 2,
        values: {},
        shape: {
          kind: 'LINE',
          path: [
            [1, 2],
            [3, 4],
          ],
        },
      },
    ]);
    const gpx = `<gpx version="1.1"><wpt lat="-23.5" lon="-46.6"><name>P1</name></wpt>
      <trk><name>T</name><trkseg><trkpt lat="1" lon="2"/><trkpt lat="3" lon="4"/></trkseg></trk></gpx>`;
    expect(await read('a.gpx', gpx)).toMatchObject([
      { values: { name: 'P1' }, shape: { kind: 'POINT', at: [-46.6, -23.5] } },
      {
        values: { name: 'T' },
        shape: {
          kind: 'LINE',
          path: [
            [2, 1],
            [4, 3],
          ],
        },
      },
    ]);
  });
});

describe('refused with its reason', () => {
  test.each([
    ['rede.dwg', 'AC1032', 'fileIsDrawing'],
    ['rede.pdf', '%PDF', 'fileFormatUnknown'],
    ['rede', 'x', 'fileFormatUnknown'],
    ['rede.csv', '', 'fileIsEmpty'],
    ['rede.csv', `${'a,'.repeat(1_001)}\n`, 'fileTooManyColumns'],
    ['rede.csv', 'a,b\n1,"never closed\n', 'fileMalformedAt'],
    ['rede.kml', '<kml><Document>', 'fileMalformed'],
    ['rede.kml', '<a>'.repeat(200), 'fileMalformed'],
    [
      'rede.kml',
      '<!DOCTYPE k [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><kml>&b;</kml>',
      'fileHasDoctype',
    ],
    ['rede.kmz', 'no zip', 'fileMalformed'],
    ['rede.geojson', '{"type":"FeatureCollection","features":[{', 'fileMalformed'],
    ['rede.geojson', '[1,2', 'fileMalformed'],
  ])('%s, case %#', async (name, content, reason) => {
    await expect(read(name, content)).rejects.toMatchObject({ code: 'FILE_REFUSED', reason });
  });

  test('a packed file that grows too much, and one that holds only another', async () => {
    const bomb = await zip({ 'doc.kml': Buffer.alloc(40 * 1024 ** 2, ' ') });
    await expect(read('a.kmz', bomb)).rejects.toMatchObject({ reason: 'fileInflatesTooMuch' });
    const nested = await zip({ 'inner.kmz': await zip({ 'doc.kml': kml }) });
    await expect(read('a.kmz', nested)).rejects.toMatchObject({ reason: 'fileMalformed' });
  });
});
