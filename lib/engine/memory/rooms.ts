const STEP_BYTES = 1024 * 1024;
const MOST_FREE = 4;

/** Memory that objects are read into, again and again: fresh memory for each costs more than to read it. */
export class Rooms {
  readonly #free: Buffer[] = [];

  /** At least `bytes` of it. */
  take(bytes: number): Buffer {
    const at = this.#free.findIndex((room) => room.length >= bytes);
    const [found] = at < 0 ? [] : this.#free.splice(at, 1);
    return found ?? Buffer.allocUnsafeSlow(Math.ceil(bytes / STEP_BYTES) * STEP_BYTES);
  }

  /** Nobody looks at what is in it any more. */
  give(room: Buffer): void {
    if (this.#free.length === MOST_FREE) this.#free.shift();
    this.#free.push(room);
  }
}
