import { Prisma } from '#generated/plant/client.ts';
import { countRows } from '#plant/pages.ts';
import type { Server } from '../server.ts';
import { readPlant } from '../write-plant.ts';
import type { ViewPermit } from './edit-network.ts';

const tables = {
  projects: 'project',
  poles: 'pole',
  boxes: 'box',
  cables: 'cable',
  clients: 'client',
  posts: 'post',
  files: 'post_file',
} as const;

export type NetworkSummary = Record<keyof typeof tables, number>;

/** How many there are of each: exact up to 10,000, beyond that PostgreSQL's estimate. */
export function summarizeNetwork(server: Server, _permit: ViewPermit): Promise<NetworkSummary> {
  return readPlant(server, async (db) => {
    const counts = await Promise.all(
      Object.entries(tables).map(async ([name, table]) => [
        name,
        await countRows(db, Prisma.raw(`plant.${table}`)),
      ]),
    );
    return Object.fromEntries(counts) as NetworkSummary;
  });
}
