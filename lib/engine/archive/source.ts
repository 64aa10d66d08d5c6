import { open } from 'node:fs/promises';

/** The bytes of an archive that came from outside, to be read from any place on. */
export interface ArchiveSource {
  readonly bytes: number;
  /** A piece is good until the next but one is asked for. */
  read(start: number): AsyncIterable<Uint8Array>;
}

const STEP_BYTES = 1024 * 1024;

export async function openFileSource(file: string): Promise<ArchiveSource & AsyncDisposable> {
  const handle = await open(file, 'r');
  const { size } = await handle.stat();

  async function* read(start: number): AsyncGenerator<Buffer, void> {
    const step = Math.min(STEP_BYTES, size - start);
    let [buffer, other] = [Buffer.allocUnsafeSlow(step), Buffer.allocUnsafeSlow(step)];
    for (let at = start; at < size; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(step, size - at), at);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
      [buffer, other] = [other, buffer];
    }
  }

  return { bytes: size, read, [Symbol.asyncDispose]: () => handle.close() };
}
