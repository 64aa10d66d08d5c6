import { setTimeout as sleep } from 'node:timers/promises';
import { Temporal } from 'temporal-polyfill';

const LOOK_AGAIN_MS = 30_000;

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

/**
 * Waits until so many bytes more may be sent: callers that wait at once share the rate. `rule` is read again now and
 * then, so a change counts for what is still to be sent.
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
    while (isQuiet(await current(), now())) await sleep(LOOK_AGAIN_MS, undefined, { signal });
    const { bytesPerSecond } = await current();
    if (bytesPerSecond === null) return;
    const at = Math.max(free, performance.now());
    free = at + (bytes / Number(bytesPerSecond)) * 1000;
    await sleep(at - performance.now(), undefined, { signal });
  };
}
