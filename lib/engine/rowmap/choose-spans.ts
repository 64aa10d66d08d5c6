import { isInWindow, type XidWindow } from './fits.ts';
import { blockStart, PART_BLOCKS, type PartRows } from './part.ts';
import type { Span, Versions } from './scan.ts';

/** Few enough that one changed row costs little, many enough that counting costs little. */
const COUNTED_BLOCKS = 8;
/** Where more of the counted spans had changed, counting is in vain. */
const WORTH_COUNTING = 1 / 3;
/** After that, so many parts are read without counting before it is tried again. */
const UNCOUNTED_PARTS = 3;

/**
 * Chooses how a table is scanned: in small spans that are counted first, where little or clustered work was done since
 * the last backup, else part by part. Only the speed depends on it.
 */
export class SpanChooser {
  #uncounted = 0;

  /** Spans that make up blocks [from, to) of the file. */
  choose(from: number, to: number, old: PartRows, window: XidWindow): Span[] {
    if (this.#uncounted > 0) {
      this.#uncounted--;
      return from < to ? [{ from, to, rows: null }] : [];
    }
    const spans: Span[] = [];
    let at = 0;
    for (let first = from; first < to; first += COUNTED_BLOCKS) {
      const end = Math.min(first + COUNTED_BLOCKS, to);
      const begun = at;
      let isSure = true;
      const limit = blockStart(end - from);
      for (; at < old.length && (old.places[at] ?? 0) < limit; at++)
        if (isInWindow(old.xmins[at] ?? 0, window)) isSure = false;
      spans.push({ from: first, to: end, rows: isSure ? at - begun : null });
    }
    return spans;
  }

  /** Tells what the spans were found to be. */
  learn(spans: readonly Span[], versions: readonly Versions[]): void {
    if (spans.length * COUNTED_BLOCKS < PART_BLOCKS / 2) return;
    const changed = versions.reduce((sum, found) => sum + (found === null ? 0 : 1), 0);
    if (changed > spans.length * WORTH_COUNTING) this.#uncounted = UNCOUNTED_PARTS;
  }
}
