import type { Night } from '#generated/vault/client.ts';
import { recordAudit } from '#vault/audit.ts';
import type { VaultTransaction } from '#vault/client.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { localDateText } from './night-queries.ts';
import { newestNightUntil, nightOfDate } from './night-rows.ts';
import { nextNight } from './night-times.ts';
import { defaultNightTime, nightTimeOf } from './schedule-rows.ts';
import { attempt, beginNight, settleNights, writeLedger } from './tick-nights.ts';

/** The outcome of `fiberkeep nightly --now`: it began `night`, found it running, or it had run already. */
export interface Tonight {
  readonly night: Night;
  readonly outcome: 'BEGUN' | 'RUNNING' | 'RAN_ALREADY';
}

/**
 * Runs tonight's backup now, even while the schedule is off. Tonight is the newest night that has begun and has no
 * backup yet (it runs, waits or failed). Otherwise it is the next night, which then does not run again at its time.
 */
export async function runNightNow(
  server: Server,
  permit: Permit<'backup.create'>,
): Promise<Tonight> {
  const now = server.now();
  return writeLedger(server, permit, async (tx) => {
    const tonight = await beginTonight(tx, server, now);
    if (tonight.outcome === 'BEGUN')
      await recordAudit(tx, {
        actor: permit.actor,
        action: 'night.run-now',
        target: { kind: 'night', id: tonight.night.id, name: localDateText(tonight.night) },
        outcome: 'DONE',
      });
    return tonight;
  });
}

async function beginTonight(tx: VaultTransaction, server: Server, now: Date): Promise<Tonight> {
  const schedule = await settleNights(tx, server, now);
  const when = nightTimeOf(schedule, defaultNightTime(server));
  const next = nextNight(now, when);
  const newest = await newestNightUntil(tx, next.localDate);
  if (newest && newest.status !== 'SUCCEEDED') return again(tx, newest, schedule);
  const begun = await beginNight(tx, next, when, schedule, now);
  if (begun) return { night: begun, outcome: 'BEGUN' };
  const night = await nightOfDate(tx, next.localDate);
  if (!night) throw new RangeError(`The night of ${next.localDate} is neither there nor free`);
  return night.status === 'SUCCEEDED'
    ? { night, outcome: 'RAN_ALREADY' }
    : again(tx, night, schedule);
}

async function again(
  tx: VaultTransaction,
  night: Night,
  schedule: { readonly includeFiles: boolean },
): Promise<Tonight> {
  if (night.status === 'RUNNING') return { night, outcome: 'RUNNING' };
  return { night: await attempt(tx, night, schedule), outcome: 'BEGUN' };
}
