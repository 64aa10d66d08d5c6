import type { Prisma } from '#generated/vault/client.ts';

const MANY = 10_000;
const HOUR_MS = 60 * 60 * 1000;

/** Catalogue rows of 10,000 backups: 27 years of nights, and backups that people made in between. */
export function manyBackups(): Partial<Prisma.BackupCreateInput>[] {
  const newest = Date.UTC(2026, 10, 23, 5);
  return Array.from({ length: MANY }, (_, n) => {
    const at = new Date(newest - n * 24 * HOUR_MS);
    const byHand = n % 10 === 9;
    return {
      name: `${byHand ? 'By hand' : 'Automatic'} ${at.toISOString().slice(0, 10)}`,
      kind: byHand ? 'MANUAL' : 'AUTOMATIC',
      createdAt: at,
      scheduledFor: byHand ? null : at,
      testedAt: n % 3 === 0 ? at : null,
      comment: 'As every night.',
      pinned: n % 500 === 499,
      tables,
    };
  });
}

const tables = Array.from({ length: 16 }, (_, n) => ({
  name: `table_${n}`,
  rows: 1_000 * n,
  bytes: 100_000 * n,
  sha256: 'ab'.repeat(32),
}));
