/** Closes what was opened, in reverse order, even if a step throws. */
export class Closers {
  readonly #closers: (() => PromiseLike<unknown>)[] = [];

  add(close: () => PromiseLike<unknown>): void {
    this.#closers.push(close);
  }

  /** Runs every step, then throws the first error. */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
