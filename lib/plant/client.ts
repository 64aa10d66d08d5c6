import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { type Prisma, PrismaClient } from '#generated/plant/client.ts';

export type PlantClient = PrismaClient;
export type PlantTransaction = Prisma.TransactionClient;

/** The Prisma client of the plant, on the process's own pool. It names the schema, so a swap is seen at once. */
export function openPlantClient(pool: pg.Pool): PlantClient {
  return new PrismaClient({
    adapter: new PrismaPg(pool, { schema: 'plant' }),
    transactionOptions: { maxWait: 15_000, timeout: 30_000 },
  });
}
