import { setTimeout as sleep } from 'node:timers/promises';
import { Temporal } from 'temporal-polyfill';
import { Postponed } from '#jobs/kinds.ts';
import { nextNight } from '../schedule/night-times.ts';

/** A change of rate or quiet hours counts after this. */
const LOOK_AGAIN_MS = 30_000;
const POSTPONED_MS = 30 * 60 * 1000;

export interface PaceRule {
  /** Null: no limit. */
  readonly bytesPerSecond: bigint | null;
  /** HH:MM in `timeZone`; both or none. */
  readonly quietFrom: string | null;
  readonly quietUntil: string | null;
  readonly timeZone: string;
}

/** Whether nothing shall be sent at this moment. From 22:00 until 06:00 is a night; equal times are none. */
export function isQuiet({ quietFrom, quietUntil, timeZone }: PaceRule, now: Date): boolean {
  if (quietFrom === null || quietUntil === null || quietFrom === quietUntil) return false;
  const time = Temporal.Instant.fromEpochMilliseconds(now.getTime())
    .toZonedDateTimeISO(timeZone)
    .toPlainTime()
    .toString({ smallestUnit: 'minute' });
  if (quietFrom < quietUntil) return time >= quietFrom && time < quietUntil;
  return time >= quietFrom || time < quietUntil;
}

/** When to look again whether quiet hours are over. People may change them meanwhile. */
export function afterQuiet({ quietUntil, timeZone }: PaceRule, now: Date): Date {
  const soon = new Date(now.getTime() + POSTPONED_MS);
  if (quietUntil === null) return soon;
  const end = nextNight(now, { time: quietUntil, timeZone }).at;
  return end < soon ? end : soon;
}

/**
 * Waits until so many bytes more may be sent: callers that wait at once share the rate. `rule` is read again now and
 * then, so a change counts for what is still to be sent. Throws `Postponed` where quiet hours begin: what waits for
 * their end holds nothing up.
 */
export function openPace(
  rule: () => Promise<PaceRule>,
  now: () => Date,
  signal: AbortSignal,
): (bytes: number) => Promise<void> {
  let known: { readonly at: number; readonly rule: PaceRule } | null = null;
  let free = 0;
  const current = async () => {
    if (!known || performance.now() - known.at > LOOK_AGAIN_MS)
      known = { at: performance.now(), rule: await rule() };
    return known.rule;
  };
  return async (bytes) => {
    if (isQuiet(await current(), now())) throw new Postponed(afterQuiet(await current(), now()));
    const { bytesPerSecond } = await current();
    if (bytesPerSecond === null) return;
    const at = Math.max(free, performance.now());
    free = at + (bytes / Number(bytesPerSecond)) * 1000;
    await sleep(at - performance.now(), undefined, { signal });
  };
}
