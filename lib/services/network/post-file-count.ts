/** A backup, or its manifest: rows by table, and how many contents its files have. */
interface Counted {
  readonly tables: unknown;
  readonly fileCount: number;
}

/**
 * How many files the posts of a backup have, as people count them: two posts with the same photo have two,
 * where `fileCount` counts its content once. A structure without posts has as many as contents.
 */
export function countPostFiles({ tables, fileCount }: Counted): number {
  const rows = (tables as { name: string; rows: number }[]).find(
    ({ name }) => name === 'post_file',
  )?.rows;
  return rows ?? fileCount;
}
