import { PassThrough, Readable } from 'node:stream';
import { ZipFile } from 'yazl';

export interface ZipEntry {
  readonly name: string;
  /** Called when its turn has come. */
  open(): AsyncIterable<Uint8Array>;
}

/** A ZIP file of the entries, compressed while they are read, one after the other. */
export async function* writeZip(entries: readonly ZipEntry[]): AsyncGenerator<Uint8Array, void> {
  const zip = new ZipFile();
  const out = new PassThrough();
  const fail = (error: Error) => out.destroy(error);
  zip.on('error', fail);
  for (const { name, open } of entries)
    zip.addReadStreamLazy(name, {}, (answer) => {
      const content = Readable.from(open(), { objectMode: false });
      content.on('error', fail);
      out.once('close', () => content.destroy());
      answer(null, content);
    });
  zip.end();
  zip.outputStream.pipe(out);
  yield* out;
}
