import { escapeIdentifier, escapeLiteral } from 'pg';
import { ITEMS, type Why } from '#engine/bring-back/items.ts';
import type { Sql } from '#engine/bring-back/sql.ts';
import type { Actor } from '#vault/actor.ts';
import { accountTables, nameColumns } from '../compare/network-words.ts';

/** A row that has something done to it that a person did not choose, or that is not done as they chose. */
export interface ToldItem {
  readonly table: string;
  readonly id: string;
  readonly label: string;
  readonly why: Why;
  /** The row because of which. */
  readonly causeTable: string | null;
  readonly causeLabel: string | null;
  /** Columns that become empty, or stay as people changed them. */
  readonly columns: readonly string[];
  readonly blockedBy: string | null;
}

/** Whoever wants to know of more chooses fewer. */
const MOST_TOLD = 200;

/** What people call an item's row. */
function labelOf(item: string): string {
  const cases = Object.entries(nameColumns).map(
    ([table, column]) => `WHEN ${escapeLiteral(table)} THEN ${escapeLiteral(column)}`,
  );
  return `coalesce(coalesce(${item}.now, ${item}.was, ${item}.patch) ->> CASE ${item}.table_name ${cases.join(' ')} END,
    array_to_string(${item}.key, ','))`;
}

const told = {
  /** Rows that come back because chosen ones cannot be without them. */
  needed: { where: `i.deed = 'CREATE' AND i.why = 'NEEDED'`, columns: `'{}'::text[]` },
  emptied: { where: `i.deed = 'CREATE' AND i.emptied <> '{}'`, columns: 'i.emptied' },
  kept: { where: `i.kept <> '{}'`, columns: 'i.kept' },
  blocked: { where: `i.deed = 'BLOCKED'`, columns: `'{}'::text[]` },
} as const;

export function toldItems(sql: Sql, which: keyof typeof told): Promise<ToldItem[]> {
  const { where, columns } = told[which];
  return sql.rows<ToldItem>(
    `SELECT i.table_name AS table, array_to_string(i.key, ',') AS id, ${labelOf('i')} AS label, i.why,
            i.cause_table AS "causeTable", CASE WHEN c.key IS NOT NULL THEN ${labelOf('c')} END AS "causeLabel",
            ${columns} AS columns, i.blocked_by AS "blockedBy"
       FROM ${ITEMS} i LEFT JOIN ${ITEMS} c ON c.table_name = i.cause_table AND c.key = i.cause_key
      WHERE ${where} ORDER BY i.table_name, 3, i.key LIMIT ${MOST_TOLD}`,
  );
}

/** What people call the rows of one table with these keys, in their order. */
export async function labelsOf(
  sql: Sql,
  rows: readonly { readonly table: string; readonly key: readonly string[] }[],
): Promise<string[]> {
  const labels = await sql.rows<{ label: string }>(
    `SELECT coalesce((SELECT ${labelOf('i')} FROM ${ITEMS} i WHERE i.table_name = w.name AND array_to_string(i.key, ',') = w.id), w.id) AS label
       FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (name, id, nth) ORDER BY w.nth`,
    [rows.map(({ table }) => table), rows.map(({ key }) => key.join(','))],
  );
  return labels.map(({ label }) => label);
}

/** What people call rows of the plant of now; the key of one that has no name. */
export async function presentLabels(
  sql: Sql,
  rows: readonly { readonly table: string; readonly presentKey: readonly string[] }[],
): Promise<string[]> {
  const labels: string[] = [];
  for (const { table, presentKey } of rows) {
    const column = nameColumns[table];
    const [row] = column
      ? await sql.rows<{ label: string }>(
          `SELECT ${escapeIdentifier(column)} AS label FROM plant.${escapeIdentifier(table)} WHERE id = $1::uuid`,
          [presentKey[0]],
        )
      : [];
    labels.push(row?.label ?? presentKey.join(','));
  }
  return labels;
}

/** SHA-256 of the files that rows which come back name, in ascending order. */
export async function namedFiles(sql: Sql): Promise<string[]> {
  const rows = await sql.rows<{ sha256: string }>(
    `SELECT DISTINCT i.patch ->> 'sha256' AS sha256 FROM ${ITEMS} i
      WHERE i.table_name = 'post_file' AND i.deed = 'CREATE' ORDER BY 1`,
  );
  return rows.map(({ sha256 }) => sha256);
}

/** Keeps what was done for undo. */
export async function keepItems(sql: Sql, changeSetId: string): Promise<void> {
  await sql.rows(
    `INSERT INTO vault.change_set_row (change_set_id, n, table_name, key, deed, why, was, now)
     SELECT $1::uuid, row_number() OVER (ORDER BY table_name, key), table_name, key, deed, why, was, now
       FROM ${ITEMS} WHERE deed IN ('CREATE', 'UPDATE', 'REMOVE')`,
    [changeSetId],
  );
}

/** Writes one audit event for each row that people know by a name. */
export async function auditItems(sql: Sql, actor: Actor, detail: object): Promise<void> {
  const tables = Object.keys(nameColumns).filter((table) => !accountTables.has(table));
  await sql.rows(
    `INSERT INTO vault.audit_event
       (id, actor_kind, actor_id, actor_name, api_key_id, api_key_name, address, action,
        target_kind, target_id, target_name, outcome, detail)
     SELECT gen_random_uuid(), $1, $2::uuid, $3, $4::uuid, $5, $6,
            CASE WHEN i.table_name = 'post_file' THEN CASE i.deed WHEN 'REMOVE' THEN 'network.delete-file' ELSE 'network.add-file' END
                 ELSE 'network.' || CASE i.deed WHEN 'CREATE' THEN 'create-' WHEN 'UPDATE' THEN 'update-' ELSE 'delete-' END || i.table_name END,
            CASE i.table_name WHEN 'post_file' THEN 'file' ELSE i.table_name END,
            array_to_string(i.key, ','), ${labelOf('i')}, 'DONE', $7::jsonb
       FROM ${ITEMS} i WHERE i.deed IN ('CREATE', 'UPDATE', 'REMOVE') AND i.table_name = ANY ($8::text[])`,
    [
      ...[actor.kind, actor.id, actor.name, actor.apiKey?.id ?? null, actor.apiKey?.name ?? null],
      ...[actor.address, JSON.stringify(detail), tables],
    ],
  );
}

/**
 * Makes sides, as a compare has them, of what a change set did: bringing all of it back undoes the change set. They
 * are temporary tables of the transaction. Answers the tables that have them.
 */
export async function sidesOfChangeSet(sql: Sql, changeSetId: string): Promise<string[]> {
  const tables = await sql.rows<{ name: string }>(
    `SELECT DISTINCT r.table_name AS name FROM vault.change_set_row r
       JOIN pg_catalog.pg_class c ON c.relname = r.table_name AND c.relkind = 'r'
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'plant'
      WHERE r.change_set_id = $1::uuid`,
    [changeSetId],
  );
  for (const { name } of tables)
    for (const [side, column] of [
      ['before', 'was'],
      ['after', 'now'],
    ] as const)
      await sql.rows(
        `CREATE TEMPORARY TABLE "${side}_${name}" ON COMMIT DROP AS
         SELECT v.* FROM vault.change_set_row r
          CROSS JOIN LATERAL jsonb_populate_record(NULL::plant."${name}", r.${column}) v
          WHERE r.change_set_id = ${escapeLiteral(changeSetId)}::uuid AND r.table_name = ${escapeLiteral(name)}
            AND r.${column} IS NOT NULL`,
      );
  return tables.map(({ name }) => name);
}

/** A query for what a change set did, as changes. */
export function changesOfChangeSet(changeSetId: string): { text: string; values: unknown[] } {
  return {
    text: `SELECT table_name, key, CASE deed WHEN 'CREATE' THEN 'ADDED' WHEN 'UPDATE' THEN 'CHANGED' ELSE 'REMOVED' END AS kind
             FROM vault.change_set_row WHERE change_set_id = $1::uuid`,
    values: [changeSetId],
  };
}
