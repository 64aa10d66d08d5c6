import { type Moment, type NightTime, nextNight } from './night-times.ts';

/** How many hours may lie between two backups; each divides a day. */
export const HOURS = [1, 2, 4, 6, 12] as const;

const HOUR_MS = 60 * 60 * 1000;

/** The nth backup after a night: `localDate` is the night's. */
export interface Slot extends Moment {
  /** From 1 */
  readonly slot: number;
}

/**
 * The newest slot at or before `now`; null where the night itself is newer. Slots lie `everyHours` hours apart from
 * the moment of a night to the next night, in elapsed time: a day that a clock change makes longer or shorter has
 * more or fewer of them.
 */
export function newestSlot(now: Date, when: NightTime, everyHours: number): Slot | null {
  const night = nightUntil(now, when);
  const slot = Math.floor((now.getTime() - night.at.getTime()) / (everyHours * HOUR_MS));
  return slot === 0 ? null : slotAfter(night, slot, everyHours);
}

/** The first slot after `now`. */
export function nextSlot(now: Date, when: NightTime, everyHours: number): Slot {
  const night = nightUntil(now, when);
  const passed = Math.floor((now.getTime() - night.at.getTime()) / (everyHours * HOUR_MS));
  const next = slotAfter(night, passed + 1, everyHours);
  const following = nextNight(night.at, when);
  return next.at < following.at ? next : slotAfter(following, 1, everyHours);
}

function slotAfter({ localDate, at }: Moment, slot: number, everyHours: number): Slot {
  return { localDate, slot, at: new Date(at.getTime() + slot * everyHours * HOUR_MS) };
}

/** The last night at or before `now`. */
function nightUntil(now: Date, when: NightTime): Moment {
  const next = nextNight(now, when);
  // Two nights lie at most two days apart: a zone may skip one date.
  let night = nextNight(new Date(next.at.getTime() - 3 * 24 * HOUR_MS), when);
  for (let after = nextNight(night.at, when); after.at <= now; after = nextNight(night.at, when))
    night = after;
  return night;
}
