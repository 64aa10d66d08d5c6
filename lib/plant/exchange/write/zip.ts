import { PassThrough, type Readable } from 'node:stream';
import { ZipFile } from 'yazl';

export interface ZipEntry {
  readonly name: string;
  /** Called when its turn has come. */
  open(): Readable;
}

/** A ZIP file of the entries, compressed while they are read, one after the other. */
export function writeZip(entries: readonly ZipEntry[]): Readable {
  const zip = new ZipFile();
  const out = new PassThrough();
  zip.on('error', (error) => out.destroy(error as Error));
  for (const { name, open } of entries)
    zip.addReadStreamLazy(name, {}, (answer) => {
      const content = open();
      content.once('error', (error) => out.destroy(error));
      out.once('close', () => content.destroy());
      answer(null, content);
    });
  zip.end();
  zip.outputStream.pipe(out);
  return out;
}
