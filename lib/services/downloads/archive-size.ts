import type { CreatedBackup } from '#engine/backup/create.ts';

/** A tar entry is a header and its bytes, filled up to blocks. */
const TAR_BLOCK_BYTES = 512;
/** age v1 seals 64 KiB at a time and adds a tag to each. */
const AGE_CHUNK_BYTES = 64 * 1024;
const AGE_TAG_BYTES = 16;
/** Each file is a stored gzip member of its own: header, trailer, and a few bytes every 64 KiB. */
const GZIP_MEMBER_BYTES = 40;

/**
 * Bytes of the download, before its head is made: tables and lists by what such rows compress to
 * (`compression`: sealed by plain bytes), files as they are.
 */
export function estimateArchiveSize(created: CreatedBackup, compression: number): number {
  const { count, bytes, list } = created.manifest.files;
  const holdsFiles = list.length > 0;
  const files = holdsFiles ? bytes + count * (1.5 * TAR_BLOCK_BYTES + GZIP_MEMBER_BYTES) : 0;
  const inside = created.tableBytes * compression + files;
  return Math.ceil(inside * (1 + AGE_TAG_BYTES / AGE_CHUNK_BYTES)) + AGE_CHUNK_BYTES / 16;
}
