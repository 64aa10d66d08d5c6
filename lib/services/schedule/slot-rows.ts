import { v7 as uuidv7 } from 'uuid';
import type { Night } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import type { Slot } from './between-nights.ts';
import { INTRADAY } from './ledger-rows.ts';
import type { NightTime } from './night-times.ts';

/** A row that lies further ahead was made by a clock that has been set back since. */
const FURTHEST_AHEAD_MS = 60 * 60 * 1000;
/** How long the ledger remembers a slot whose backup is gone, so that its address can say so. */
const REMEMBERED_MS = 90 * 24 * 60 * 60 * 1000;

/** The newest slot in the ledger that any clock could have made; null without one. */
export function newestSlotRow(db: VaultTransaction, now: Date): Promise<Night | null> {
  return db.night.findFirst({
    where: { policy: INTRADAY, scheduledFor: { lte: furthest(now) } },
    orderBy: { scheduledFor: 'desc' },
  });
}

/** The newest slot that succeeded or failed; null without one. */
export function newestEndedSlot(db: VaultTransaction, now: Date): Promise<Night | null> {
  return db.night.findFirst({
    where: {
      policy: INTRADAY,
      status: { in: ['SUCCEEDED', 'FAILED'] },
      scheduledFor: { lte: furthest(now) },
    },
    orderBy: { scheduledFor: 'desc' },
  });
}

/** Enters a slot that begins now; null if it is in the ledger already, because another worker runs it. */
export async function enterSlot(
  tx: VaultTransaction,
  { localDate, slot, at }: Slot,
  { time, timeZone }: NightTime,
  { late, now }: { readonly late: boolean; readonly now: Date },
): Promise<Night | null> {
  await tx.night.deleteMany({ where: { policy: INTRADAY, scheduledFor: { gt: furthest(now) } } });
  const row = {
    id: uuidv7(),
    policy: INTRADAY,
    localDate: new Date(localDate),
    slot,
    scheduledFor: at,
    time,
    timeZone,
    status: 'RUNNING',
    late,
    startedAt: now,
  };
  const [entered] = await tx.night.createManyAndReturn({ data: [row], skipDuplicates: true });
  return entered ?? null;
}

/** Forgets slots whose backup went long ago; unlike nights, nobody looks at them in the calendar. */
export async function forgetOldSlots(tx: VaultTransaction, now: Date): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM vault.night n
     WHERE policy = ${INTRADAY} AND scheduled_for < ${new Date(now.getTime() - REMEMBERED_MS)}
       AND NOT EXISTS (SELECT FROM vault.backup b WHERE b.id = n.backup_id)`;
}

function furthest(now: Date): Date {
  return new Date(now.getTime() + FURTHEST_AHEAD_MS);
}
