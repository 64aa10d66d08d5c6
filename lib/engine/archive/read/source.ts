import { open } from 'node:fs/promises';

/** The bytes of an archive from outside, readable from any offset. */
export interface ArchiveSource {
  readonly bytes: number;
  /** A piece stays valid until the second piece after it is asked for. */
  read(start: number): AsyncIterable<Uint8Array>;
}

const STEP_BYTES = 1024 * 1024;
/** One is being filled, one is read, and the one before is still valid. */
const BUFFERS = 3;

export async function openFileSource(file: string): Promise<ArchiveSource & AsyncDisposable> {
  const handle = await open(file, 'r');
  const { size } = await handle.stat();

  async function* read(start: number): AsyncGenerator<Buffer, void> {
    const step = Math.min(STEP_BYTES, size - start);
    const buffers = Array.from({ length: BUFFERS }, () => Buffer.allocUnsafeSlow(step));
    let at = start;
    let reads = 0;
    const next = async () => {
      const buffer = buffers[reads++ % BUFFERS] as Buffer;
      const { bytesRead } = await handle.read(buffer, 0, Math.min(step, size - at), at);
      at += bytesRead;
      return buffer.subarray(0, bytesRead);
    };
    let ahead = next();
    try {
      for (let piece = await ahead; piece.length > 0; piece = await ahead) {
        ahead = next();
        // The failure is thrown when this piece is awaited.
        ahead.catch(() => {});
        yield piece;
      }
    } finally {
      await ahead.catch(() => {});
    }
  }

  return { bytes: size, read, [Symbol.asyncDispose]: () => handle.close() };
}
