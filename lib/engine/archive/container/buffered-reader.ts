/** Reads bytes off a stream by count. Bytes that came in one piece are not copied. */
export class BufferedReader implements AsyncDisposable {
  readonly #source: AsyncIterator<Uint8Array>;
  #buffered: Buffer[] = [];
  #bufferedBytes = 0;
  #done = false;
  #position = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#position;
  }

  /** The next `bytes` bytes; fewer only where the stream ends. */
  async read(bytes: number): Promise<Buffer> {
    while (this.#bufferedBytes < bytes && (await this.#fill()));
    return joined(this.#cut(Math.min(bytes, this.#bufferedBytes)));
  }

  /** What is buffered, at least one byte and at most `most`; empty where the stream has ended. */
  async readSome(most: number): Promise<Buffer> {
    if (await this.atEnd()) return Buffer.alloc(0);
    return joined(this.#cut(Math.min(most, this.#buffered[0]?.length ?? 0)));
  }

  /** The bytes before the next `end` byte, which is skipped; null where none comes within `most` bytes. */
  async readUntil(end: number, most: number): Promise<Buffer | null> {
    for (let searched = 0; ; ) {
      const at = this.#indexOf(end, searched);
      if (at > most) return null;
      if (at >= 0) return (await this.read(at + 1)).subarray(0, at);
      searched = this.#bufferedBytes;
      if (searched > most || !(await this.#fill())) return null;
    }
  }

  /** Whether no byte is left. */
  async atEnd(): Promise<boolean> {
    while (this.#bufferedBytes === 0 && (await this.#fill()));
    return this.#bufferedBytes === 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#done = true;
    await this.#source.return?.();
  }

  /** Buffers one more piece; false where the stream has ended. */
  async #fill(): Promise<boolean> {
    if (this.#done) return false;
    const next = await this.#source.next();
    if (next.done) {
      this.#done = true;
      return false;
    }
    const { buffer, byteOffset, byteLength } = next.value;
    if (byteLength > 0) this.#buffered.push(Buffer.from(buffer, byteOffset, byteLength));
    this.#bufferedBytes += byteLength;
    return true;
  }

  #indexOf(wanted: number, from: number): number {
    let passed = 0;
    for (const piece of this.#buffered) {
      const at = piece.indexOf(wanted, Math.max(0, from - passed));
      if (at >= 0) return passed + at;
      passed += piece.length;
    }
    return -1;
  }

  /** Takes the first `bytes` out of the buffer, in the pieces that they came in. */
  #cut(bytes: number): Buffer[] {
    this.#bufferedBytes -= bytes;
    this.#position += bytes;
    const pieces: Buffer[] = [];
    let left = bytes;
    let whole = 0;
    for (const piece of this.#buffered) {
      if (piece.length > left) break;
      pieces.push(piece);
      left -= piece.length;
      whole++;
    }
    this.#buffered.splice(0, whole);
    const [first] = this.#buffered;
    if (first && left > 0) {
      pieces.push(first.subarray(0, left));
      this.#buffered[0] = first.subarray(left);
    }
    return pieces;
  }
}

function joined(pieces: Buffer[]): Buffer {
  const [only] = pieces;
  return only && pieces.length === 1 ? only : Buffer.concat(pieces);
}
