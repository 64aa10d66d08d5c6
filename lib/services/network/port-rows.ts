import { type Client, Prisma } from '#generated/plant/client.ts';
import type { PlantTransaction } from '#plant/client.ts';

/** A client as it takes a port of a box. */
export interface PortClient {
  readonly id: string;
  readonly name: string;
  readonly boxId: string;
  readonly port: number | null;
}

/**
 * How many ports each box has, null where nobody said; boxes that are not there have no entry. Locks the boxes
 * until the transaction ends, in one order, so that people who connect clients at once wait for each other.
 */
export async function lockBoxPorts(
  tx: PlantTransaction,
  boxIds: readonly string[],
): Promise<Map<string, number | null>> {
  const rows = await tx.$queryRaw<{ id: string; ports: number | null }[]>`
    SELECT id::text AS id, ports FROM plant.box WHERE id = ANY(${boxIds}::uuid[])
    ORDER BY id FOR NO KEY UPDATE`;
  return new Map(rows.map(({ id, ports }) => [id, ports]));
}

/** The clients of the boxes, and those of the ids wherever they are, by port. */
export function readPortClients(
  tx: PlantTransaction,
  boxIds: readonly string[],
  clientIds: readonly string[] = [],
): Promise<PortClient[]> {
  return tx.$queryRaw<PortClient[]>`
    SELECT id::text AS id, name, box_id::text AS "boxId", port FROM plant.client
     WHERE box_id = ANY(${boxIds}::uuid[])
        OR (id = ANY(${clientIds}::uuid[]) AND box_id IS NOT NULL)
     ORDER BY port NULLS LAST, id`;
}

/** How many clients each box has; a box without any has no entry. */
export async function countClientsAt(
  db: PlantTransaction,
  boxIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await db.$queryRaw<{ id: string; count: bigint }[]>(
    Prisma.sql`SELECT box_id::text AS id, count(*) AS count FROM plant.client
      WHERE box_id = ANY(${boxIds}::uuid[]) GROUP BY box_id`,
  );
  return new Map(rows.map(({ id, count }) => [id, Number(count)]));
}

/** The clients of the boxes that have a port, by port. */
export function findClientsOnPorts(
  db: PlantTransaction,
  boxIds: readonly string[],
): Promise<Client[]> {
  return db.client.findMany({
    where: { boxId: { in: [...boxIds] }, port: { not: null } },
    orderBy: [{ port: 'asc' }, { id: 'asc' }],
  });
}
