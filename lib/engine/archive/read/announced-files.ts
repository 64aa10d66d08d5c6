import { createHash } from 'node:crypto';
import { ListedFiles } from '#engine/files/file-list.ts';
import type { ArchiveManifest } from '../container/archive-manifest.ts';
import { BufferedReader } from '../container/buffered-reader.ts';
import { differs } from '../container/refusals.ts';

const NEWLINE = 10;
const MAX_LINE_BYTES = 256;
const LINE = /^\{"sha256":"([0-9a-f]{64})","bytes":(0|[1-9][0-9]{0,15})(,"missing":true)?\}$/;

/**
 * Reads `files.ndjson`: the files in order of their digests, each once. Throws CONTENTS_DIFFER where it does
 * not agree with `manifest.json`.
 */
export async function readAnnouncedFiles(
  content: AsyncIterable<Buffer>,
  { files, metadata }: ArchiveManifest,
): Promise<ListedFiles> {
  const listed = new ListedFiles();
  const hash = createHash('sha256');
  const held = { count: 0, bytes: 0 };
  let last = '';
  await using reader = new BufferedReader(content);
  while (!(await reader.atEnd())) {
    const line = await reader.readUntil(NEWLINE, MAX_LINE_BYTES);
    const found = LINE.exec(line?.toString('latin1') ?? '');
    const [, sha256 = '', digits = '', missing] = found ?? [];
    const bytes = Number(digits);
    if (!found || !Number.isSafeInteger(bytes) || (missing && bytes === 0))
      throw differs('fileLineMalformed');
    if (sha256 <= last) throw differs('fileOrderWrong');
    last = sha256;
    hash.update(`${sha256} ${bytes}\n`);
    listed.push(sha256, bytes, Boolean(missing));
    if (missing) continue;
    held.count++;
    held.bytes += bytes;
  }
  const same = held.count === files.held.count && held.bytes === files.held.bytes;
  if (!same) throw differs('heldFilesDiffer');
  if (!metadata.includesFiles) return listed;
  if (listed.count !== files.count || listed.bytes !== files.bytes)
    throw differs('fileCountDiffers');
  if (hash.digest('hex') !== files.digest) throw differs('fileDigestDiffers');
  return listed;
}
