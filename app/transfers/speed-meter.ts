/** The averaging time: long enough not to flicker, short enough to follow the connection. */
const WINDOW_MS = 8000;
const LEAST_MS = 500;

interface Sample {
  readonly at: number;
  readonly bytes: number;
}

/** Measures the speed of the last seconds from samples of bytes sent. */
export class SpeedMeter {
  #samples: Sample[] = [];

  /**
   * Records that `bytes` in total are sent at time `at` (milliseconds). Returns bytes per second;
   * null while too early to tell.
   */
  note(bytes: number, at: number): number | null {
    const last = this.#samples.at(-1);
    // Bytes that did not reach the server are sent again.
    if (last && bytes < last.bytes) this.#samples = [];
    this.#samples.push({ at, bytes });
    while (this.#samples.length > 2 && at - (this.#samples[1]?.at ?? at) >= WINDOW_MS)
      this.#samples.shift();
    const first = this.#samples[0] ?? { at, bytes };
    const elapsed = at - first.at;
    return elapsed < LEAST_MS ? null : ((bytes - first.bytes) / elapsed) * 1000;
  }

  /** Forgets the samples before an interruption. */
  reset(): void {
    this.#samples = [];
  }
}

/** Seconds until `total` bytes are sent; null if unknown. */
export function secondsLeft(
  sent: number,
  total: number,
  bytesPerSecond: number | null,
): number | null {
  return bytesPerSecond === null || bytesPerSecond <= 0 ? null : (total - sent) / bytesPerSecond;
}
