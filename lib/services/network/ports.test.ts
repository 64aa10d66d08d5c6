import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type NetworkPermits, networkPermits, refusalOf } from '#testing/network.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import type { Server } from '../server.ts';
import { createElement, updateElement } from './edit-element.ts';
import { lookUpBoxPorts, lookUpFreePorts } from './port-queries.ts';
import { findPortFaults } from './port-rules.ts';

let opened: TestServer;
let server: Server;
let may: NetworkPermits;

beforeAll(async () => {
  opened = await openTestServer();
  server = opened.server;
  may = await networkPermits(server);
});
afterAll(() => opened[Symbol.asyncDispose]());

const at = { lat: -23.55, lng: -46.63 };

const box = (ports: number | null) =>
  createElement(server, may.edit, null, 'box', { name: 'CTO', ports, ...at });
const client = (name: string, boxId: string, port: number | null = null) =>
  createElement(server, may.edit, null, 'client', { name, boxId, port, ...at });
const change = (kind: 'box' | 'client', id: string, input: object) =>
  updateElement(server, may.edit, null, kind, id, input);
const faultOf = async (work: Promise<unknown>) => (await refusalOf(work)).fields[0];

describe('a client is refused', () => {
  test('at a port that another one has, who is named', async () => {
    const { id } = await box(null);
    await client('Ana', id, 3);
    const taken = { path: 'port', reason: 'portTaken', params: { name: 'Ana' } };
    expect(await faultOf(client('Bia', id, 3))).toMatchObject(taken);
    const bia = await client('Bia', id, 4);
    expect(await faultOf(change('client', bia.id, { port: 3 }))).toMatchObject(taken);
  });

  test('at a port that the box lacks', async () => {
    const { id } = await box(8);
    const fault = { path: 'port', reason: 'portAbove', params: { ports: 8 } };
    expect(await faultOf(client('Ana', id, 9))).toMatchObject(fault);
  });

  test('at a box whose ports all have clients, also when it moves there', async () => {
    const { id } = await box(1);
    const ana = await client('Ana', id);
    const fault = { path: 'boxId', reason: 'boxFull', params: { ports: 1 } };
    expect(await faultOf(client('Bia', id))).toMatchObject(fault);
    const bia = await client('Bia', (await box(1)).id, 1);
    expect(await faultOf(change('client', bia.id, { boxId: id, port: null }))).toMatchObject(fault);
    expect(await change('client', ana.id, { port: 1 })).toMatchObject({ port: 1 });
  });
});

test('of two people who connect a client to one port at once, one is refused', async () => {
  const { id } = await box(4);
  const made = await Promise.allSettled([client('Ana', id, 2), client('Bia', id, 2)]);
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await server.plant.client.count({ where: { boxId: id } })).toBe(1);
});

test('a box keeps the ports that are in use', async () => {
  const { id } = await box(8);
  await client('Ana', id, 5);
  await client('Bia', id);
  const used = { path: 'ports', reason: 'portInUse', params: { port: 5, name: 'Ana' } };
  expect(await faultOf(change('box', id, { ports: 4 }))).toMatchObject(used);
  expect(await change('box', id, { ports: 5 })).toMatchObject({ ports: 5 });
  await server.plant.client.updateMany({ where: { name: 'Ana', boxId: id }, data: { port: 1 } });
  const connected = { path: 'ports', reason: 'clientsConnected', params: { clients: 2 } };
  expect(await faultOf(change('box', id, { ports: 1 }))).toMatchObject(connected);
});

test('older data that breaks the rule can be edited otherwise, and is shown', async () => {
  const { id } = await box(2);
  const data = ['Ana', 'Bia', 'Caio'].map((name) => ({ name, boxId: id, port: 3, ...at }));
  await server.plant.client.createMany({ data });
  const ana = await server.plant.client.findFirstOrThrow({ where: { name: 'Ana', boxId: id } });
  const kept = { name: 'Ana Lima', boxId: id, port: 3 };
  expect(await change('client', ana.id, kept)).toMatchObject({ name: 'Ana Lima' });
  expect(await change('box', id, { name: 'CTO 2', ports: 2 })).toMatchObject({ name: 'CTO 2' });
  expect(await lookUpFreePorts(server, may.view, [id])).toEqual([0]);
  const [table] = await lookUpBoxPorts(server, may.view, [id]);
  expect(table?.map(({ port, clients }) => [port, clients.length])).toEqual([
    [1, 0],
    [2, 0],
    [3, 3],
  ]);
});

test('many clients are judged at once, each counting for those after it', async () => {
  const { id } = await box(2);
  const ana = await client('Ana', id, 1);
  const wanted = (name: string, port: number | null, own: string | null = null) => ({
    ...{ id: own, name, boxId: id, port },
  });
  const clients = [
    wanted('Bia', 1),
    wanted('Ana', 2, ana.id),
    wanted('Caio', 2),
    wanted('Davi', null),
    { ...wanted('Elis', 2), boxId: null },
  ];
  const faults = await server.plant.$transaction((tx) => findPortFaults(tx, clients));
  expect(faults.map((fault) => fault?.reason ?? null)).toEqual([
    null,
    null,
    'portTaken',
    'boxFull',
    null,
  ]);
});
