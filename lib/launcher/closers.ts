/** What has to be ended, in the opposite order of its beginning, whatever one of the steps throws. */
export class Closers {
  readonly #closers: (() => PromiseLike<unknown>)[] = [];

  add(close: () => PromiseLike<unknown>): void {
    this.#closers.push(close);
  }

  /** Throws the first error of the steps, after the last of them. */
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
