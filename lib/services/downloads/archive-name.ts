const SUFFIX = '.tar.gz.doz';
/** Most file systems end at 255 bytes; room is left for what a browser adds (` (1)`, `.crdownload`). */
const MOST_BYTES = 220;
/** What Windows, or a shell, takes for something else in a file's name. */
const NOT_IN_A_FILE_NAME = /[<>:"/\\|?*\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** What the download of a backup of this name is saved as: a name for every system, ending in `.tar.gz.doz`. */
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
