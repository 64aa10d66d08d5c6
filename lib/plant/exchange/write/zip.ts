import { PassThrough, Readable } from 'node:stream';
import { ZipFile } from 'yazl';

export interface ZipEntry {
  readonly name: string;
  /** Called when its turn has come. */
  open(): AsyncIterable<Uint8Array>;
}

/** Tables and XML shrink to a tenth at any level; higher ones only take longer. */
const LEVEL = 3;

/** A ZIP file of the entries, compressed while they are read, one after the other. */
export async function* writeZip(entries: readonly ZipEntry[]): AsyncGenerator<Uint8Array, void> {
  const zip = new ZipFile();
  const out = new PassThrough();
  const fail = (error: Error) => out.destroy(error);
  let reading: Readable | null = null;
  zip.on('error', fail);
  out.once('close', () => reading?.destroy());
  for (const { name, open } of entries)
    zip.addReadStreamLazy(name, { compressionLevel: LEVEL }, (answer) => {
      reading = Readable.from(open(), { objectMode: false }).on('error', fail);
      answer(null, reading);
    });
  zip.end();
  zip.outputStream.pipe(out);
  yield* out;
}
