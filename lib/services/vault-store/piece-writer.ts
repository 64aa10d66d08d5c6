/** Puts that run while the next piece fills. */
const MOST_UNDER_WAY = 3;

/** Gathers bytes into pieces of one size and puts each as it is full. A failed put is thrown by the next call. */
export class PieceWriter {
  readonly #pieceBytes: number;
  readonly #put: (piece: number, plain: Buffer) => Promise<void>;
  readonly #underWay = new Set<Promise<void>>();
  #buffer: Buffer | null = null;
  #filled = 0;
  #piece: number;
  #failure: { readonly error: unknown } | null = null;

  /** `first`: the piece to begin with. */
  constructor(pieceBytes: number, put: (piece: number, plain: Buffer) => Promise<void>, first = 0) {
    this.#pieceBytes = pieceBytes;
    this.#put = put;
    this.#piece = first;
  }

  /** A full piece is put when more comes after it. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      if (this.#filled === this.#pieceBytes) await this.#send();
      this.#buffer ??= Buffer.allocUnsafeSlow(this.#pieceBytes);
      const part = bytes.subarray(at, at + this.#pieceBytes - this.#filled);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
    }
    this.#throwIfFailed();
  }

  /** What was gathered and not put yet. */
  held(): Buffer {
    return (this.#buffer ?? Buffer.alloc(0)).subarray(0, this.#filled);
  }

  /** Puts the rest, and waits for all puts. */
  async finish(): Promise<void> {
    if (this.#filled > 0) await this.#send();
    await this.settled();
    this.#throwIfFailed();
  }

  /** Waits until no put is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #send(): Promise<void> {
    while (this.#underWay.size >= MOST_UNDER_WAY) await Promise.race(this.#underWay);
    this.#throwIfFailed();
    const plain = this.held();
    this.#buffer = null;
    this.#filled = 0;
    const put: Promise<void> = this.#put(this.#piece++, plain)
      .catch((error) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#underWay.delete(put));
    this.#underWay.add(put);
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
