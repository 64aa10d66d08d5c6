import { open } from 'node:fs/promises';

/** The bytes of an archive that came from outside, to be read from any place on. */
export interface ArchiveSource {
  readonly bytes: number;
  read(start: number): AsyncIterable<Uint8Array>;
}

const STEP_BYTES = 1024 * 1024;

export async function openFileSource(file: string): Promise<ArchiveSource & AsyncDisposable> {
  const handle = await open(file, 'r');
  const { size } = await handle.stat();

  async function* read(start: number): AsyncGenerator<Buffer, void> {
    for (let at = start; at < size; ) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(STEP_BYTES, size - at));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  return { bytes: size, read, [Symbol.asyncDispose]: () => handle.close() };
}
