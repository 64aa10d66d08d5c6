const DIGEST_BYTES = 32;
const ENTRY_BYTES = DIGEST_BYTES + 8;

export interface ListedFile {
  readonly sha256: string;
  readonly bytes: number;
  /** Its bytes are not there to be had. */
  readonly missing: boolean;
}

/** Files in order of their digests, 40 bytes each whatever their number. */
export class ListedFiles {
  bytes = 0;
  count = 0;
  private buffer = Buffer.allocUnsafe(1024 * ENTRY_BYTES);

  /** A missing file has more than 0 bytes. */
  push(sha256: string, bytes: number, missing = false): void {
    const at = this.count++ * ENTRY_BYTES;
    if (at === this.buffer.length)
      this.buffer = Buffer.concat([this.buffer], 2 * this.buffer.length);
    this.buffer.write(sha256, at, 'hex');
    this.buffer.writeDoubleBE(missing ? -bytes : bytes, at + DIGEST_BYTES);
    this.bytes += bytes;
  }

  at(index: number): ListedFile {
    const at = index * ENTRY_BYTES;
    const bytes = this.buffer.readDoubleBE(at + DIGEST_BYTES);
    return {
      sha256: this.buffer.toString('hex', at, at + DIGEST_BYTES),
      bytes: Math.abs(bytes),
      missing: bytes < 0,
    };
  }
}
