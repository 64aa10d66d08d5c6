/** One result for everybody who asks within a time of its start. A failure is not shared. */
export class SharedResult<T> {
  readonly #goodMs: number;
  #shared: { readonly startedAt: number; readonly result: Promise<T> } | null = null;

  constructor(goodMs: number) {
    this.#goodMs = goodMs;
  }

  /** The shared result, or that of `work` where there is none or it is too old. */
  get(work: () => Promise<T>): Promise<T> {
    const shared = this.#shared;
    const now = performance.now();
    if (shared && now - shared.startedAt < this.#goodMs) return shared.result;
    const result = work();
    const started = { startedAt: now, result };
    this.#shared = started;
    result.catch(() => {
      if (this.#shared === started) this.#shared = null;
    });
    return result;
  }
}
