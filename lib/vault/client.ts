import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { type Prisma, PrismaClient } from '../../generated/vault/client.ts';

export type VaultClient = PrismaClient;
export type VaultTransaction = Prisma.TransactionClient;

/** The Prisma client of the control plane, on the process's own pool. */
export function openVaultClient(pool: pg.Pool): VaultClient {
  return new PrismaClient({ adapter: new PrismaPg(pool, { schema: 'vault' }) });
}
