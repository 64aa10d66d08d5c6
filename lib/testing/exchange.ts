import { buffer } from 'node:stream/consumers';
import { fromBuffer, type ZipFile } from 'yauzl';
import type { ExchangeKind } from '#plant/exchange/columns.ts';
import type { ExchangeElement, ExchangeSource } from '#plant/exchange/element.ts';

const id = (n: number) => `01a00000-0000-7000-8000-00000000000${n}`;
const project = { id: id(1), name: 'Vila "Ã" <Norte> & Sul' };

/** A few elements whose texts are hostile to one format or another. */
export const hostileElements: readonly ExchangeElement[] = [
  {
    kind: 'project',
    projectId: project.id,
    values: {
      ...project,
      externalId: 'OZ-1',
      description: 'One\nTwo;\r\n"Three", ]]>\tfour',
      tags: ['a;b', '"c"'],
    },
  },
  {
    kind: 'pole',
    projectId: project.id,
    values: {
      id: id(2),
      externalId: null,
      name: '=HYPERLINK("http://example.net","x")',
      project: project.name,
      lat: -3.132,
      lng: -60.021712345678914,
      type: '',
      address: '-Rua A, 1; fundos',
      licensingStatus: 'LICENSED',
      licensingProtocol: '0012',
      observation: '',
      tags: [],
    },
  },
  {
    kind: 'cable',
    projectId: null,
    values: {
      id: id(3),
      externalId: null,
      name: 'Cabo 📡',
      project: null,
      fromBox: 'CTO 1',
      toBox: null,
      type: 'DROP',
      fiberCount: 12,
      tubeCount: 2,
      template: '',
      lengthMeters: 1e-7,
      deploymentStatus: 'PLANNED',
      observation: "'=1",
      tags: ['x'],
      path: [
        [-60.1, -3.1],
        [-60.2, -3.2],
      ],
    },
  },
  {
    kind: 'cable',
    projectId: null,
    values: {
      id: id(4),
      externalId: null,
      name: 'No path',
      project: null,
      fromBox: null,
      toBox: null,
      type: 'BACKBONE',
      fiberCount: 144,
      tubeCount: 12,
      template: '',
      lengthMeters: 1234.5,
      deploymentStatus: 'DEPLOYED',
      observation: '',
      tags: [],
      path: [],
    },
  },
];

/** The elements as a writer takes them. */
export function sourceOf(elements: readonly ExchangeElement[]): ExchangeSource {
  const kinds = [...new Set(elements.map(({ kind }) => kind))];
  return {
    kinds,
    async *elements(kind: ExchangeKind) {
      yield* elements.filter((element) => element.kind === kind);
    },
  };
}

/** All bytes of a stream. */
export const bytesOf = (pieces: AsyncIterable<Uint8Array>): Promise<Buffer> => buffer(pieces);

/** The files in a ZIP file, by name. */
export async function unzipped(zip: Buffer): Promise<Map<string, Buffer>> {
  const opened = await new Promise<ZipFile>((resolve, reject) =>
    fromBuffer(zip, { lazyEntries: true }, (error, file) =>
      error ? reject(error) : resolve(file),
    ),
  );
  const files = new Map<string, Buffer>();
  return new Promise((resolve, reject) => {
    opened.on('error', reject).on('end', () => resolve(files));
    opened.on('entry', (entry) =>
      opened.openReadStream(entry, async (error, stream) => {
        if (error) return reject(error);
        files.set(entry.fileName, await buffer(stream));
        opened.readEntry();
      }),
    );
    opened.readEntry();
  });
}
