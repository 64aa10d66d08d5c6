import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { type Prisma, PrismaClient } from '#generated/vault/client.ts';

export type VaultClient = PrismaClient;
export type VaultTransaction = Prisma.TransactionClient;

/**
 * Milliseconds that a transaction of either plane waits for a connection, and may take. Prisma's own 2 and 5 seconds
 * are too few for the first moments of a slow machine.
 */
export const transactionOptions = { maxWait: 15_000, timeout: 30_000 };

/** The Prisma client of the control plane, on the process's own pool. */
export function openVaultClient(pool: pg.Pool): VaultClient {
  return new PrismaClient({ adapter: new PrismaPg(pool, { schema: 'vault' }), transactionOptions });
}

/**
 * A client or transaction of either plane, or a plain connection. All speak to one database, so a change in
 * the plant and its traces in the vault (audit, ended sessions) commit together.
 */
export interface SqlRunner {
  /** Answers how many rows it changed. */
  $executeRaw(query: TemplateStringsArray, ...values: unknown[]): Promise<number>;
  /** Answers the rows; 64-bit integers are bigints. */
  $queryRaw<T>(query: TemplateStringsArray, ...values: unknown[]): Promise<T>;
}

/** Runs SQL on a plain connection, for what commits together with a swap. */
export function sqlRunnerOn(client: pg.ClientBase): SqlRunner {
  return {
    async $executeRaw(query, ...values) {
      const { rowCount } = await client.query(textOf(query), values);
      return rowCount ?? 0;
    },
    async $queryRaw<T>(query: TemplateStringsArray, ...values: unknown[]) {
      const { rows } = await client.query({ text: textOf(query), values, types: asPrismaReads });
      return rows as T;
    },
  };
}

function textOf(query: TemplateStringsArray): string {
  return query.reduce((sql, part, at) => `${sql}$${at}${part}`);
}

const asPrismaReads: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.INT8 ? BigInt : pg.types.getTypeParser(oid, format),
};
