import { randomBytes, randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { VaultState } from '#engine/external/vault-state.ts';
import { listTables } from '#engine/postgres/introspect.ts';
import type { Job, Prisma, Recovery, Restore } from '#generated/vault/client.ts';
import { authorColumns } from '#vault/actor.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { markKitChecked, markKitSaved } from '../recovery-kit/kit-rows.ts';
import { defaultNightTime, lockSchedule, writeSchedule } from '../schedule/schedule-rows.ts';
import type { Server } from '../server.ts';
import { visitor } from './visitor.ts';

export type RecoveryRow = Recovery;

const ONE_ROW = { where: { id: 1 } };

/** How this server became one that was lost; null where it did not. */
export function findRecovery(db: VaultTransaction): Promise<RecoveryRow | null> {
  return db.recovery.findUnique(ONE_ROW);
}

/** As `findRecovery`, with the row locked until the transaction ends. */
export async function lockRecovery(tx: VaultTransaction): Promise<RecoveryRow | null> {
  await tx.$queryRaw`SELECT id FROM vault.recovery WHERE id = 1 FOR UPDATE`;
  return findRecovery(tx);
}

/** Begins a recovery, or an earlier one anew. */
export async function enterRecovery(
  tx: VaultTransaction,
  data: Omit<Prisma.RecoveryUncheckedCreateInput, 'id'>,
): Promise<void> {
  await tx.recovery.upsert({
    ...ONE_ROW,
    create: data,
    update: { ...data, jobId: null, begunAt: new Date() },
  });
}

export async function noteAttempt(tx: VaultTransaction, jobId: string | null): Promise<void> {
  await tx.recovery.update({ ...ONE_ROW, data: { jobId } });
}

export async function markOldServerGone(tx: VaultTransaction, at: Date): Promise<void> {
  await tx.recovery.update({ ...ONE_ROW, data: { oldServerGoneAt: at } });
}

/** The newest attempt; null where none was made. */
export async function attemptOf(
  db: VaultTransaction,
  { jobId }: Pick<RecoveryRow, 'jobId'>,
): Promise<Job | null> {
  return jobId === null ? null : db.job.findUnique({ where: { id: jobId } });
}

/** The newest restore of the backup that comes back; null without one. The server was empty before. */
export function restoreOf(
  db: VaultTransaction,
  { backupId }: Pick<RecoveryRow, 'backupId'>,
): Promise<Restore | null> {
  return db.restore.findFirst({
    where: { backupId },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });
}

/** The server is the one that was lost: its kit is in somebody's hands, and the set-up links end. */
export async function markRecovered(
  tx: VaultTransaction,
  { serverId }: Pick<RecoveryRow, 'serverId'>,
  at: Date,
): Promise<void> {
  await tx.recovery.update({ ...ONE_ROW, data: { endedAt: at } });
  await tx.setupToken.updateMany({ where: { usedAt: null }, data: { usedAt: at } });
  await markKitSaved(tx, serverId, visitor);
  await markKitChecked(tx, serverId, visitor);
}

/** Takes over the schedule of the server before, turned off: that server may still make its nights. */
export async function pauseSchedule(
  server: Server,
  tx: VaultTransaction,
  state: VaultState | null,
): Promise<void> {
  await lockSchedule(tx, defaultNightTime(server), server.now());
  const { enabled: _, ...settings } = state?.schedule ?? { enabled: true };
  await writeSchedule(tx, { ...settings, enabled: false });
}

const NOBODY = '00000000-0000-0000-0000-000000000000';
const HASH_BYTES = 32;

/** Enters the API keys of the server before, by name: their secrets were never in a backup, and open nothing. */
export async function enterLostKeys(
  tx: VaultTransaction,
  keys: VaultState['apiKeys'],
  at: Date,
): Promise<void> {
  await tx.apiKey.deleteMany({ where: { isLost: true } });
  await tx.apiKey.createMany({
    data: keys.map(({ name, createdAt }) => ({
      id: randomUUID(),
      name,
      // No secret has it.
      secretHash: randomBytes(HASH_BYTES),
      lastFour: '',
      ownerId: NOBODY,
      ownerName: '',
      actions: [],
      createdAt: new Date(createdAt),
      revokedAt: at,
      ...authorColumns('revokedBy', visitor),
      isLost: true,
    })),
  });
}

/** The e-mails of the accounts that can sign in. */
export async function accountsOfPlant({ plant }: Pick<Server, 'plant'>): Promise<string[]> {
  const users = await plant.user.findMany({
    where: { disabled: false },
    select: { email: true },
    orderBy: { email: 'asc' },
  });
  return users.map(({ email }) => email);
}

/** What every server has from its first start. */
const ALWAYS_THERE = ['role', '_prisma_migrations'];

/** Whether there is nothing in the plant that anybody could miss. */
export async function isPlantEmpty(pool: Pool): Promise<boolean> {
  const client = await pool.connect();
  try {
    for (const { name } of await listTables(client, 'plant')) {
      if (ALWAYS_THERE.includes(name)) continue;
      const { rows } = await client.query(
        `SELECT FROM plant.${client.escapeIdentifier(name)} LIMIT 1`,
      );
      if (rows.length > 0) return false;
    }
    return true;
  } finally {
    client.release();
  }
}
