import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { startWorker, type TestWorker } from '#testing/worker.ts';
import { openDiskRoom } from '../disk-room.ts';
import { readFilter } from '../exports/export-order.ts';
import { permitExport } from '../exports/permit-export.ts';
import { writeExport } from '../exports/write-export.ts';
import { localActor, type Permit, permit } from '../permit.ts';
import { requestApply, requestUndoImport } from './apply-import.ts';
import { receiveImportFile, withLocalFile } from './import-files.ts';
import { listImportRows } from './import-queries.ts';
import { countsOf, type Import, matchingOf } from './import-rows.ts';
import { requestImport, requestMatching } from './request-import.ts';

let opened: TestServer;
let worker: TestWorker;
let may: Permit<'network.import'>;

beforeAll(async () => {
  opened = await openTestServer();
  worker = startWorker(opened.server);
  may = await permit(opened.server, localActor('Ana'), 'network.import');
});

afterAll(async () => {
  await worker?.stop();
  await opened[Symbol.asyncDispose]();
});

async function* bytesOf(content: string | Uint8Array) {
  yield typeof content === 'string' ? Buffer.from(content) : content;
}

const find = (id: string) => opened.server.vault.import.findUniqueOrThrow({ where: { id } });

async function read(name: string, content: string | Uint8Array, told = {}): Promise<Import> {
  const file = await receiveImportFile(opened.server, may, { name, bytes: bytesOf(content) });
  const { job } = await requestImport(opened.server, may, { fileId: file.id, ...told });
  const ended = await worker.ended(job.id);
  expect(ended.status, JSON.stringify(ended.error)).toBe('SUCCEEDED');
  return find(file.id);
}

const sums = (found: Import) =>
  Object.fromEntries(countsOf(found).map(({ kind, state, count }) => [`${kind} ${state}`, count]));

async function apply(found: Import, options = {}) {
  const { job } = await requestApply(opened.server, may, found.id, options);
  // A second click.
  await expect(requestApply(opened.server, may, found.id, options)).rejects.toMatchObject({
    reason: 'importNotReady',
  });
  const ended = await worker.ended(job.id);
  expect(ended.status, JSON.stringify(ended.error)).toBe('SUCCEEDED');
  return find(found.id);
}

async function undo(found: Import) {
  const { job } = await requestUndoImport(opened.server, may, found.changeSetId ?? '');
  const ended = await worker.ended(job.id);
  expect(ended.status, JSON.stringify(ended.error)).toBe('SUCCEEDED');
}

const latin1 = (text: string) => Buffer.from(text, 'latin1');

const portuguese = latin1(
  [
    'Tipo;Nome;Latitude;Longitude;Projeto;Portas;Endereço;Etiquetas',
    'Poste;P-1;-23,5501;-46,6331;Centro São José;;Rua da Consolação, 1;urgente',
    'Poste;P-2;-23,5502;-46,6332;Centro São José;;;',
    'CTO;CTO-1;-23,5501;-46,6331;Centro São José;16;;urgente; revisar',
  ]
    .join('\r\n')
    .replace('urgente; revisar', '"urgente; revisar"'),
);

test('a file of Excel in Portuguese goes in, changes nothing the second time, and is undone as one change', async () => {
  const { plant, vault } = opened.server;
  const first = await read('rede.csv', portuguese);
  expect(sums(first)).toEqual({ 'project NEW': 1, 'pole NEW': 2, 'box NEW': 1 });
  const applied = await apply(first);
  expect(applied.status).toBe('APPLIED');
  const box = await plant.box.findFirstOrThrow({
    include: { project: true, tags: { include: { tag: true } } },
  });
  expect(box).toMatchObject({ name: 'CTO-1', type: 'TERMINATION', ports: 16, lat: -23.5501 });
  expect(box.project?.name).toBe('Centro São José');
  expect(box.tags.map(({ tag }) => tag.name).sort()).toEqual(['revisar', 'urgente']);
  expect(await plant.pole.findFirst({ where: { name: 'P-1' } })).toMatchObject({
    address: 'Rua da Consolação, 1',
    licensingStatus: 'UNKNOWN',
  });
  const told = { where: { action: 'network.create-pole', targetName: 'P-1' } };
  expect(await vault.auditEvent.count(told)).toBe(1);

  const again = await read('rede.csv', portuguese);
  expect(sums(again)).toEqual({ 'pole SAME': 2, 'box SAME': 1 });
  await expect(requestApply(opened.server, may, again.id)).rejects.toMatchObject({
    reason: 'nothingToImport',
  });

  await undo(applied);
  expect([await plant.pole.count(), await plant.box.count(), await plant.project.count()]).toEqual([
    0, 0, 0,
  ]);
  expect(await plant.tag.count()).toBe(0);
});

test('each row is told what it is: new, updated, the same, wrong with a reason, or a duplicate', async () => {
  const { plant } = opened.server;
  const pole = await plant.pole.create({ data: { name: 'A', lat: 1, lng: 2, externalId: 'x1' } });
  await plant.pole.create({ data: { name: 'B', lat: 1.000001, lng: 2 } });
  await plant.pole.create({ data: { name: 'Same', lat: 4, lng: 4 } });
  const csv = [
    'id externo,name,lat,lng,type,Licenciamento',
    'x1,A renamed,1,2,Wood,Licenciado',
    ',B,1,2,,',
    'x3,C,3,3,,',
    'x3,D,3,4,,',
    ',E,95,3,,',
    ',,3,3,,',
    ',F,5,5,,Talvez',
    ',Same,4,4,,',
  ].join('\n');
  const found = await read('postes.csv', csv);
  expect(sums(found)).toEqual({
    'pole NEW': 1,
    'pole UPDATED': 2,
    'pole SAME': 1,
    'pole WRONG': 3,
    'pole DUPLICATE': 1,
  });
  const rows = await listImportRows(opened.server, found, { first: 10 });
  const faults = rows?.items.filter(({ state }) => state === 'WRONG');
  expect(faults?.map(({ place, faults }) => [place, faults[0]?.path, faults[0]?.reason])).toEqual([
    [6, 'lat', 'range'],
    [7, 'name', 'required'],
    [8, 'licensingStatus', 'notOneOf'],
  ]);
  await expect(requestApply(opened.server, may, found.id)).rejects.toMatchObject({
    reason: 'importHasWrongRows',
    params: { rows: 3 },
  });
  const applied = await apply(found, { goodRowsOnly: true });
  expect(await plant.pole.findUnique({ where: { id: pole.id } })).toMatchObject({
    name: 'A renamed',
    type: 'Wood',
    licensingStatus: 'LICENSED',
  });
  await undo(applied);
  expect(await plant.pole.findUnique({ where: { id: pole.id } })).toMatchObject({
    name: 'A',
    type: '',
    licensingStatus: 'UNKNOWN',
  });
  await plant.pole.deleteMany();
});

test('an element that somebody changed since the preview is not overwritten, and nothing is written', async () => {
  const { plant } = opened.server;
  await plant.pole.create({ data: { name: 'A', lat: 1, lng: 2, externalId: 'x1' } });
  const found = await read('postes.csv', 'external id,name,lat,lng\nx1,A2,1,2\n,New,3,3\n');
  await plant.pole.updateMany({ data: { address: 'changed since' } });
  const { job } = await requestApply(opened.server, may, found.id);
  expect(await worker.ended(job.id)).toMatchObject({
    status: 'FAILED',
    error: { reason: 'changedSincePreview' },
  });
  expect((await plant.pole.findMany()).map(({ name }) => name)).toEqual(['A']);
  // It is matched anew, and then goes in.
  const { job: anew } = await requestMatching(
    opened.server,
    may,
    found.id,
    matchingOf(await find(found.id)),
  );
  expect((await worker.ended(anew.id)).status).toBe('SUCCEEDED');
  await apply(await find(found.id));
  expect((await plant.pole.findMany()).map(({ name }) => name).sort()).toEqual(['A2', 'New']);
  await plant.pole.deleteMany();
});

test('rows refer to each other and to the network by name, and one that nobody can tell is wrong', async () => {
  const { plant } = opened.server;
  await plant.box.createMany({
    data: [
      { name: 'CTO 1', lat: 1, lng: 1 },
      { name: 'CTO 2', lat: 1, lng: 1 },
      { name: 'cto 2', lat: 2, lng: 2 },
    ],
  });
  const csv = 'cliente;cto;porta;x;y\nAna;CTO 1;3;1;1\nRui;CTO 2;4;1;1\nEva;CTO 9;5;1;1\n';
  const found = await read('clientes.csv', csv, { kind: 'client', project: 'Norte' });
  expect(sums(found)).toEqual({ 'project NEW': 1, 'client NEW': 1, 'client WRONG': 2 });
  await apply(found, { goodRowsOnly: true });
  const client = await plant.client.findFirstOrThrow({ include: { box: true, project: true } });
  expect([client.name, client.port, client.box?.name, client.project?.name]).toEqual([
    'Ana',
    3,
    'CTO 1',
    'Norte',
  ]);
});

test('clients of a file take free ports of their box alone, of the file’s own boxes too', async () => {
  const { plant } = opened.server;
  const at = { lat: 8, lng: 8 };
  const box = await plant.box.create({ data: { name: 'CTO P', ports: 3, ...at } });
  await plant.client.create({ data: { name: 'Old', boxId: box.id, port: 1, ...at } });
  const csv = [
    'kind,name,lat,lng,box,port,ports',
    'cto,CTO new,8,8,,,1',
    'client,Taken,8,8,CTO P,1,',
    'client,Fits,8,8,CTO P,2,',
    'client,Second,8,8,CTO P,2,',
    'client,Above,8,8,CTO P,4,',
    'client,Last,8,8,CTO P,,',
    'client,First of new,8,8,CTO new,1,',
    'client,Too many,8,8,CTO new,,',
  ].join('\n');
  const found = await read('portas.csv', csv);
  const rows = await listImportRows(opened.server, found, { first: 20 });
  const wrong = rows?.items.filter(({ state }) => state === 'WRONG');
  expect(wrong?.map(({ name, faults: [fault] }) => [name, fault?.reason, fault?.params])).toEqual([
    ['Taken', 'portTaken', { name: 'Old' }],
    ['Second', 'portTaken', { name: 'Fits' }],
    ['Above', 'portAbove', { ports: 3 }],
    ['Last', 'boxFull', { ports: 3 }],
    ['Too many', 'boxFull', { ports: 1 }],
  ]);
  await plant.client.create({ data: { name: 'Quick', boxId: box.id, port: 2, ...at } });
  const { job } = await requestApply(opened.server, may, found.id, { goodRowsOnly: true });
  expect(await worker.ended(job.id)).toMatchObject({
    status: 'FAILED',
    error: { reason: 'changedSincePreview' },
  });
});

test('what an export writes goes in again as the same rows, in each format that is read', async () => {
  const { plant } = opened.server;
  await plant.client.deleteMany();
  const viewer = await permitExport(opened.server, localActor('Ana'));
  const project = await plant.project.create({ data: { name: '=Centro; "velho"' } });
  const tag = await plant.tag.create({ data: { name: 'urgente; hoje' } });
  const pole = await plant.pole.create({
    data: {
      ...{ name: '-P 1', lat: -23.5501234567, lng: 0.1 + 0.2, projectId: project.id },
      ...{
        observation: 'linha 1\nlinha 2',
        externalId: 'X-9',
        tags: { create: { tagId: tag.id } },
      },
    },
  });
  const [from, to] = await Promise.all(
    ['CTO Z', 'cto z'].map((name) =>
      plant.box.create({ data: { name, lat: 9, lng: 9, poleId: pole.id, projectId: project.id } }),
    ),
  );
  const ends = { fromBoxId: from?.id ?? null, toBoxId: to?.id ?? null };
  const path = [
    [9, 9],
    [9.00001, 9],
  ];
  await plant.cable.create({ data: { name: 'Cabo Z', path, ...ends, lengthMeters: 1.5 } });
  for (const [format, file, kinds] of [
    ['GEOJSON', 'rede.geojson', ['pole', 'box', 'cable']],
    ['KMZ', 'rede.kmz', ['pole', 'box', 'cable']],
    ['CSV', 'pole.csv', ['pole']],
    ['CSV', 'cable.csv', ['cable']],
  ] as const) {
    const filter = readFilter({ kinds: [...kinds] });
    const order = { format, filter, locale: 'pt-BR' } as const;
    const pieces: Uint8Array[] = [];
    const { signal } = new AbortController();
    await writeExport(opened.server, viewer, order, signal, async (bytes) => {
      for await (const piece of bytes) pieces.push(Uint8Array.from(piece));
    });
    const found = await read(file, Buffer.concat(pieces));
    const changed = (await listImportRows(opened.server, found, { first: 20 }))?.items.filter(
      ({ state }) => state !== 'SAME',
    );
    expect(changed, `${format} of ${kinds}`).toEqual([]);
    expect(countsOf(found).reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(
      kinds.length - 1,
    );
  }
});

test('a full disk refuses a file before it is received or read, and nothing of it stays', async () => {
  const { server } = opened;
  const room = openDiskRoom({ ...server.config, diskReserveMb: 1e12 });
  const full = { ...server, room };
  const file = { name: 'a.csv', bytes: bytesOf('name\nA\n') };
  const imports = await server.vault.import.count();
  await expect(receiveImportFile(full, may, file)).rejects.toMatchObject({ code: 'DISK_FULL' });
  expect(await server.vault.import.count()).toBe(imports);
  const { id } = await receiveImportFile(server, may, { ...file, bytes: bytesOf('name\nA\n') });
  const reading = withLocalFile(full, id, async () => {});
  await expect(reading).rejects.toMatchObject({ code: 'DISK_FULL' });
  const left = (await readdir(server.config.dataDir)).filter((name) => name.startsWith('import-'));
  expect(left).toEqual([]);
});
