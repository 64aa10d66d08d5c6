import { ciphertextSize } from '#engine/archive/container/age/stream.ts';
import { storedMemberSize } from '#engine/archive/container/gzip.ts';
import { TAR_BLOCK_BYTES } from '#engine/archive/container/tar.ts';
import type { CreatedBackup } from '#engine/backup/create.ts';

const SUFFIX = '.tar.gz.doz';
/** Most file systems allow 255 bytes. Browsers add ` (1)` or `.crdownload`. */
const MOST_BYTES = 220;
/** Characters that Windows or a shell does not take as part of a name. */
const NOT_IN_A_FILE_NAME = /[<>:"/\\|?*\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The header of age, with room to spare. */
const HEADER_BYTES = 4 * 1024;
/** A tar header, and on average half a block of padding. */
const ENTRY_BYTES = TAR_BLOCK_BYTES + TAR_BLOCK_BYTES / 2;

/** The name of a backup's download: valid on every system, ending in `.tar.gz.doz`. */
export function archiveFileName(backupName: string): string {
  const safe = backupName.replaceAll(NOT_IN_A_FILE_NAME, '_').replace(/^[.\s]+|[.\s]+$/g, '');
  return `${firstBytes(safe, MOST_BYTES).trimEnd() || 'backup'}${SUFFIX}`;
}

/** Whole characters of at most `most` bytes in UTF-8. */
function firstBytes(text: string, most: number): string {
  let kept = '';
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > most) break;
    kept += character;
  }
  return kept;
}

/** Where a backup is downloaded from: a path of this server. */
export function archiveUrl(backup: { readonly id: string }): string {
  return `/api/backups/${backup.id}/archive`;
}

/**
 * Bytes of the download, before its head is made. Files are counted as they are; tables shrink by
 * `compression` (sealed by plain bytes).
 */
export function estimateArchiveSize(created: CreatedBackup, compression: number): number {
  const { count, bytes, list } = created.manifest.files;
  const entryBytes = count === 0 ? 0 : storedMemberSize(ENTRY_BYTES + bytes / count);
  const fileBytes = list.length > 0 ? count * entryBytes : 0;
  return HEADER_BYTES + ciphertextSize(Math.ceil(created.tableBytes * compression + fileBytes));
}
