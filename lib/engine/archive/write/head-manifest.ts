import { FiberkeepError } from '#errors';
import { MAX_MANIFEST_BYTES } from '../container/archive-manifest.ts';
import { BufferedReader } from '../container/buffered-reader.ts';
import { readMembers } from '../container/gzip.ts';
import { octalSize, TAR_BLOCK_BYTES } from '../container/tar.ts';
import type { HeadReader } from './stored-head.ts';

/**
 * The bytes of the `manifest.json` that a head begins with. It says more than the sealed manifest: the SHA-256 of every
 * table. Throws CHUNK_MISSING or CHUNK_CORRUPT.
 */
export async function manifestInHead(head: HeadReader): Promise<Buffer> {
  await using members = new BufferedReader(head.read(0, head.bytes));
  await using tar = new BufferedReader(readMembers(members));
  const bytes = octalSize(await tar.read(TAR_BLOCK_BYTES));
  if (bytes === null || bytes > MAX_MANIFEST_BYTES)
    throw new FiberkeepError('CHUNK_CORRUPT', { reason: 'headDigestDiffers' });
  return tar.read(bytes);
}
