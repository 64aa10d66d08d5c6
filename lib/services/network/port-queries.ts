import type { Client } from '#generated/plant/client.ts';
import type { Server } from '../server.ts';
import type { ViewPermit } from './edit-network.ts';
import { findElements } from './element-rows.ts';
import { countClientsAt, findClientsOnPorts } from './port-rows.ts';

/** One port of a box with the clients on it: one at most, unless older data has more. */
export interface BoxPort {
  readonly port: number;
  readonly clients: Client[];
}

/** How many more clients each box can take, in the order of the ids; null where nobody said how many ports it has. */
export async function lookUpFreePorts(
  server: Server,
  _permit: ViewPermit,
  boxIds: readonly string[],
): Promise<(number | null)[]> {
  const boxes = new Map(
    (await findElements(server.plant, 'box', boxIds)).map(({ id, ports }) => [id, ports]),
  );
  const clients = await countClientsAt(server.plant, boxIds);
  return boxIds.map((id) => {
    const ports = boxes.get(id) ?? null;
    return ports === null ? null : Math.max(0, ports - (clients.get(id) ?? 0));
  });
}

/** Every port of each box, and beyond those the ports that clients name, by number. */
export async function lookUpBoxPorts(
  server: Server,
  _permit: ViewPermit,
  boxIds: readonly string[],
): Promise<BoxPort[][]> {
  const boxes = new Map(
    (await findElements(server.plant, 'box', boxIds)).map(({ id, ports }) => [id, ports]),
  );
  const clients = await findClientsOnPorts(server.plant, boxIds);
  return boxIds.map((id) =>
    portsOf(
      boxes.get(id) ?? 0,
      clients.filter(({ boxId }) => boxId === id),
    ),
  );
}

function portsOf(ports: number, clients: readonly Client[]): BoxPort[] {
  const named = clients.flatMap(({ port }) => port ?? []);
  const numbers = new Set([...Array.from({ length: ports }, (_, at) => at + 1), ...named]);
  return [...numbers].map((port) => ({
    port,
    clients: clients.filter((client) => client.port === port),
  }));
}
