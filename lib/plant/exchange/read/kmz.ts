import type { Readable } from 'node:stream';
import { type Entry, openPromise } from 'yauzl';
import { FiberkeepError } from '#errors';
import { type Feature, MOST_INFLATED_BYTES, malformed } from './feature.ts';
import { readKmlText } from './kml.ts';

/** What a packed file may grow by. Text of coordinates shrinks to a tenth; to a hundredth only a bomb does. */
const MOST_RATIO = 200;
const LEAST_COUNTED_BYTES = 10 * 1024 ** 2;
const MOST_ENTRIES = 10_000;

/**
 * A KMZ: a ZIP with one KML, `doc.kml` or the first one. Photos beside it are not read, and a KMZ within it neither.
 * Bytes are counted while they are inflated, so that no header is believed.
 */
export async function* readKmz(path: string): AsyncIterable<Feature> {
  const zip = await openPromise(path, { autoClose: false, lazyEntries: true }).catch((cause) => {
    throw malformed(null, cause);
  });
  try {
    const entry = await documentOf(zip.eachEntry());
    const stream = await zip.openReadStreamPromise(entry);
    yield* readKmlText(inflated(stream, entry));
  } catch (thrown) {
    throw thrown instanceof FiberkeepError ? thrown : malformed(null, thrown);
  } finally {
    zip.close();
  }
}

async function documentOf(entries: AsyncIterable<Entry>): Promise<Entry> {
  let found: Entry | null = null;
  let count = 0;
  for await (const entry of entries) {
    count += 1;
    if (count > MOST_ENTRIES) throw malformed(null);
    const name = entry.fileName.toLowerCase();
    if (name === 'doc.kml') found = entry;
    else if (name.endsWith('.kml')) found ??= entry;
  }
  if (found) return found;
  throw malformed(null);
}

async function* inflated(stream: Readable, { compressedSize }: Entry): AsyncIterable<string> {
  const most = Math.min(
    MOST_INFLATED_BYTES,
    Math.max(compressedSize * MOST_RATIO, LEAST_COUNTED_BYTES),
  );
  const decoder = new TextDecoder();
  let bytes = 0;
  for await (const piece of stream as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > most) throw new FiberkeepError('FILE_REFUSED', { reason: 'fileInflatesTooMuch' });
    yield decoder.decode(piece, { stream: true });
  }
  yield decoder.decode();
}
