/** How far back the speed looks: long enough not to flicker, short enough to follow the line. */
const WINDOW_MS = 8000;
const LEAST_MS = 500;

interface Sample {
  readonly at: number;
  readonly bytes: number;
}

/** The speed of the last seconds, from how much was sent at which time. */
export class SpeedMeter {
  private samples: Sample[] = [];

  /** Notes that `bytes` of the whole are sent at the time `at` (milliseconds); answers bytes a second, null while it is too early to say. */
  note(bytes: number, at: number): number | null {
    const last = this.samples.at(-1);
    // Bytes that the server did not get are sent again.
    if (last && bytes < last.bytes) this.samples = [];
    this.samples.push({ at, bytes });
    while (this.samples.length > 2 && at - (this.samples[1]?.at ?? at) >= WINDOW_MS)
      this.samples.shift();
    const first = this.samples[0] ?? { at, bytes };
    const elapsed = at - first.at;
    return elapsed < LEAST_MS ? null : ((bytes - first.bytes) / elapsed) * 1000;
  }

  /** Forgets what was before a break. */
  reset(): void {
    this.samples = [];
  }
}

/** Seconds until `total` bytes are sent; null while that cannot be told. */
export function secondsLeft(
  sent: number,
  total: number,
  bytesPerSecond: number | null,
): number | null {
  return bytesPerSecond === null || bytesPerSecond <= 0 ? null : (total - sent) / bytesPerSecond;
}
