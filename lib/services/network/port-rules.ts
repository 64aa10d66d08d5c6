import { type FieldError, validationError } from '#errors';
import type { PlantTransaction } from '#plant/client.ts';
import type { ElementKind } from './element-rows.ts';
import { lockBoxPorts, type PortClient, readPortClients } from './port-rows.ts';

/** A client as it shall be. */
export interface WantedPort {
  /** Null: a new client. */
  readonly id: string | null;
  readonly name: string;
  readonly boxId: string | null;
  readonly port: number | null;
}

/**
 * What is wrong with the ports of clients as they shall be, in their order; null where nothing is. Locks their boxes
 * until the transaction ends. A client that stays at its port is right, also where older data breaks the rule. Each
 * client counts for those after it. Where only some of them are written, ask again with those.
 */
export async function findPortFaults(
  tx: PlantTransaction,
  wanted: readonly WantedPort[],
): Promise<(FieldError | null)[]> {
  const boxIds = [...new Set(wanted.flatMap(({ boxId }) => boxId ?? []))];
  if (boxIds.length === 0) return wanted.map(() => null);
  const ids = new Set(wanted.flatMap(({ id }) => id ?? []));
  const ports = await lockBoxPorts(tx, boxIds);
  const present = await readPortClients(tx, boxIds, [...ids]);
  const before = new Map(present.map((client) => [client.id, client]));
  const others = new Map<string, PortClient[]>(boxIds.map((id) => [id, []]));
  for (const client of present) if (!ids.has(client.id)) others.get(client.boxId)?.push(client);
  return wanted.map(({ id, name, boxId, port }) => {
    if (boxId === null || !ports.has(boxId)) return null;
    const was = id === null ? undefined : before.get(id);
    const stays = was?.boxId === boxId && was.port === port;
    const there = others.get(boxId) ?? [];
    const isNew = was?.boxId !== boxId;
    const fault = stays ? null : portFault(there, ports.get(boxId) ?? null, port, isNew);
    if (!fault) there.push({ id: id ?? '', name, boxId, port });
    return fault;
  });
}

/** `there`: the other clients of the box. `ports`: how many it has; null: nobody said. `isNew`: it is not there yet. */
function portFault(
  there: readonly PortClient[],
  ports: number | null,
  port: number | null,
  isNew: boolean,
): FieldError | null {
  const holder = port === null ? undefined : there.find((client) => client.port === port);
  if (holder) return { path: 'port', reason: 'portTaken', params: { name: holder.name } };
  if (ports === null) return null;
  if (port !== null && port > ports)
    return { path: 'port', reason: 'portAbove', params: { ports } };
  if (isNew && there.length >= ports)
    return { path: 'boxId', reason: 'boxFull', params: { ports } };
  return null;
}

interface Ported {
  readonly id?: string;
  readonly name?: string;
  readonly boxId?: string | null;
  readonly port?: number | null;
  readonly ports?: number | null;
}

/**
 * Throws VALIDATION_FAILED where a client takes a port that another one has or its box lacks, and where a box loses
 * ports that are in use. `changes`: the fields given. A changed row must be locked.
 */
export async function requirePorts(
  tx: PlantTransaction,
  kind: ElementKind,
  before: Ported | null,
  changes: Ported,
): Promise<void> {
  const after: Ported = { ...before, ...changes };
  if (kind === 'client' && ('boxId' in changes || 'port' in changes)) {
    const { name = '', boxId = null, port = null } = after;
    const client = { id: before?.id ?? null, name, boxId, port };
    throwFault((await findPortFaults(tx, [client]))[0] ?? null);
  }
  if (kind === 'box' && before?.id && after.ports != null && after.ports !== before.ports)
    throwFault(fewerPorts(await readPortClients(tx, [before.id]), after.ports));
}

function throwFault(fault: FieldError | null): void {
  if (fault) throw validationError([fault]);
}

function fewerPorts(clients: readonly PortClient[], ports: number): FieldError | null {
  const above = clients.find(({ port }) => port !== null && port > ports);
  if (above)
    return {
      path: 'ports',
      reason: 'portInUse',
      params: { port: above.port ?? 0, name: above.name },
    };
  if (clients.length <= ports) return null;
  return { path: 'ports', reason: 'clientsConnected', params: { clients: clients.length } };
}
