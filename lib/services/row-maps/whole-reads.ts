/** Why a backup reads everything whole although there is a row map. */
export type WholeRead = 'asked' | 'distrusted' | 'unmapped' | 'updated' | 'weekly';

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
/** A night that comes a little earlier than the one a week ago still counts as a week later. */
const EARLY_MS = 60 * 60 * 1000;

export interface WholeReadState {
  readonly readEverything: boolean;
  readonly isDistrusted: boolean;
  /** Of the newest map: when all was last read whole, and by which version. Null: there is no map. */
  readonly last: { readonly wholeReadAt: Date; readonly wholeReadBy: string } | null;
  readonly now: Date;
  /** Of this program. */
  readonly version: string;
}

/** Null where the row map may be used. */
export function wholeReadDue(state: WholeReadState): WholeRead | null {
  const { last, now } = state;
  if (state.readEverything) return 'asked';
  if (state.isDistrusted) return 'distrusted';
  if (!last) return 'unmapped';
  if (last.wholeReadBy !== state.version) return 'updated';
  const passed = now.getTime() - last.wholeReadAt.getTime();
  // A clock that was set back must not put the next whole read off.
  return passed >= WEEK_MS - EARLY_MS || passed < 0 ? 'weekly' : null;
}
