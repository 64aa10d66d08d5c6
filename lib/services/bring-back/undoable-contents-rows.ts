import type { SqlRunner } from '#vault/client.ts';

/** Of these contents, those that the undo of a change set brings back. */
export async function contentsForUndo(
  db: SqlRunner,
  sha256s: readonly string[],
): Promise<Set<string>> {
  const rows = await db.$queryRaw<{ sha256: string }[]>`
    SELECT DISTINCT r.key[1] AS sha256 FROM vault.change_set_row r
      JOIN vault.change_set s ON s.id = r.change_set_id AND s.status = 'APPLIED'
     WHERE r.table_name = 'stored_file' AND r.key[1] = ANY (${[...sha256s]})`;
  return new Set(rows.map(({ sha256 }) => sha256));
}
