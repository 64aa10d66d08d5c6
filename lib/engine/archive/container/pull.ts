/** Takes bytes off a stream by count. What lies in one piece is not copied. */
export class Pull implements AsyncDisposable {
  private readonly source: AsyncIterator<Uint8Array>;
  private held: Buffer[] = [];
  private heldBytes = 0;
  private done = false;
  private taken = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.source = source[Symbol.asyncIterator]();
  }

  /** Bytes taken so far. */
  get position(): number {
    return this.taken;
  }

  /** The next `bytes` bytes; fewer only where the stream ends. */
  async take(bytes: number): Promise<Buffer> {
    while (this.heldBytes < bytes && (await this.fetch()));
    return joined(this.cut(Math.min(bytes, this.heldBytes)));
  }

  /** As `take`, in the pieces that the bytes came in. */
  async takePieces(bytes: number): Promise<Buffer[]> {
    while (this.heldBytes < bytes && (await this.fetch()));
    return this.cut(Math.min(bytes, this.heldBytes));
  }

  /** What is at hand, at most `most` bytes and at least one; empty where the stream has ended. */
  async some(most: number): Promise<Buffer> {
    if (await this.atEnd()) return Buffer.alloc(0);
    return joined(this.cut(Math.min(most, this.held[0]?.length ?? 0)));
  }

  /** The bytes up to the next `end` byte, without it; null where the stream ends or `most` are passed first. */
  async takeUntil(end: number, most: number): Promise<Buffer | null> {
    for (let looked = 0; ; ) {
      const at = this.find(end, looked);
      if (at > most) return null;
      if (at >= 0) return (await this.take(at + 1)).subarray(0, at);
      looked = this.heldBytes;
      if (looked > most || !(await this.fetch())) return null;
    }
  }

  /** Whether no byte is left. */
  async atEnd(): Promise<boolean> {
    while (this.heldBytes === 0 && (await this.fetch()));
    return this.heldBytes === 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.done = true;
    await this.source.return?.();
  }

  private async fetch(): Promise<boolean> {
    if (this.done) return false;
    const next = await this.source.next();
    if (next.done) {
      this.done = true;
      return false;
    }
    const { buffer, byteOffset, byteLength } = next.value;
    if (byteLength > 0) this.held.push(Buffer.from(buffer, byteOffset, byteLength));
    this.heldBytes += byteLength;
    return true;
  }

  private find(wanted: number, from: number): number {
    let passed = 0;
    for (const piece of this.held) {
      const at = piece.indexOf(wanted, Math.max(0, from - passed));
      if (at >= 0) return passed + at;
      passed += piece.length;
    }
    return -1;
  }

  private cut(bytes: number): Buffer[] {
    this.heldBytes -= bytes;
    this.taken += bytes;
    const pieces: Buffer[] = [];
    let left = bytes;
    let whole = 0;
    for (const piece of this.held) {
      if (piece.length > left) break;
      pieces.push(piece);
      left -= piece.length;
      whole++;
    }
    this.held.splice(0, whole);
    const [first] = this.held;
    if (first && left > 0) {
      pieces.push(first.subarray(0, left));
      this.held[0] = first.subarray(left);
    }
    return pieces;
  }
}

function joined(pieces: Buffer[]): Buffer {
  const [only] = pieces;
  return only && pieces.length === 1 ? only : Buffer.concat(pieces);
}
