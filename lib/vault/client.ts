import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { type Prisma, PrismaClient } from '#generated/vault/client.ts';

export type VaultClient = PrismaClient;
export type VaultTransaction = Prisma.TransactionClient;

/** The Prisma client of the control plane, on the process's own pool. */
export function openVaultClient(pool: pg.Pool): VaultClient {
  return new PrismaClient({ adapter: new PrismaPg(pool, { schema: 'vault' }) });
}

/**
 * A client or transaction of either plane. Both speak to the one database, so a deed in the plant and its
 * traces in the vault (audit, ended sessions) commit together.
 */
export interface SqlRunner {
  $executeRaw(query: TemplateStringsArray, ...values: unknown[]): Promise<number>;
}

/** A plain connection, for what commits together with the swap of two plants. */
export function sqlRunnerOn(client: pg.ClientBase): SqlRunner {
  return {
    async $executeRaw(query, ...values) {
      const text = query.reduce((sql, part, at) => `${sql}$${at}${part}`);
      const { rowCount } = await client.query(text, values);
      return rowCount ?? 0;
    },
  };
}
