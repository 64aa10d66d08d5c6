import { ciphertextSize } from '#engine/archive/container/age/stream.ts';
import { storedMemberSize } from '#engine/archive/container/gzip.ts';
import { TAR_BLOCK_BYTES } from '#engine/archive/container/tar.ts';
import type { StoredBackup } from '#engine/backup/create.ts';
import { fileNameFor } from '#text';

const SUFFIX = '.tar.gz.doz';
/** Short of what file systems allow. Browsers add ` (1)` or `.crdownload`. */
const MOST_BYTES = 220;

/** The header of age, with room to spare. */
const HEADER_BYTES = 4 * 1024;
/** A tar header, and on average half a block of padding. */
const ENTRY_BYTES = TAR_BLOCK_BYTES + TAR_BLOCK_BYTES / 2;

/** The name of a backup's download: valid on every system, ending in `.tar.gz.doz`. */
export function archiveFileName(backupName: string): string {
  return fileNameFor(backupName, { extension: SUFFIX, otherwise: 'backup', mostBytes: MOST_BYTES });
}

/** Where a backup is downloaded from: a path of this server. */
export function archiveUrl(backup: { readonly id: string }): string {
  return `/api/backups/${backup.id}/archive`;
}

/**
 * Bytes of the download, before its head is made. Files are counted as they are; tables shrink by
 * `compression` (sealed by plain bytes).
 */
export function estimateArchiveSize(created: StoredBackup, compression: number): number {
  const { count, bytes, list } = created.manifest.files;
  const entryBytes = count === 0 ? 0 : storedMemberSize(ENTRY_BYTES + bytes / count);
  const fileBytes = list.length > 0 ? count * entryBytes : 0;
  return HEADER_BYTES + ciphertextSize(Math.ceil(created.tableBytes * compression + fileBytes));
}
