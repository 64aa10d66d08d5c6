import { escapeIdentifier, escapeLiteral } from 'pg';
import type { ItemCount } from '#engine/bring-back/bring-back.ts';
import type { Sql } from '#engine/bring-back/sql.ts';
import { FiberkeepError } from '#errors';
import type { ExchangeKind } from '#plant/exchange/columns.ts';
import type { Actor } from '#vault/actor.ts';
import { portsStillFree } from './match-rules.ts';

interface Writing {
  /** The scratch schema that has the rows. */
  readonly schema: string;
  readonly changeSetId: string;
  readonly by: Actor;
}

const kindsInOrder: readonly ExchangeKind[] = ['project', 'pole', 'box', 'cable', 'client'];

/**
 * Writes new and updated rows into the plant, in the transaction of `sql`, and keeps each as it was and as it is for
 * undo. Answers how many were written. Throws CONFLICT where an element changed, or a port was
 * taken, since the rows were matched.
 */
export async function writeRows(sql: Sql, writing: Writing): Promise<ItemCount[]> {
  if (!(await portsStillFree(sql, escapeIdentifier(writing.schema)))) throw changedSincePreview();
  await makeTags(sql, writing);
  for (const kind of kindsInOrder) {
    await createNew(sql, writing, kind);
    await updatePresent(sql, writing, kind);
    await linkTags(sql, writing, kind);
  }
  await auditRows(sql, writing);
  const { changeSetId } = writing;
  return sql.rows<ItemCount>(
    `SELECT table_name AS table, deed, why, count(*)::float8 AS count FROM vault.change_set_row
      WHERE change_set_id = $1::uuid GROUP BY 1, 2, 3 ORDER BY 1, 2`,
    [changeSetId],
  );
}

const changedSincePreview = () => new FiberkeepError('CONFLICT', { reason: 'changedSincePreview' });

/** Notes what was done to rows of `table`, which the query `written` answers as `key`, `was` and `now`. */
async function note(
  sql: Sql,
  { changeSetId }: Writing,
  table: string,
  deed: 'CREATE' | 'UPDATE' | 'REMOVE',
  written: string,
): Promise<number> {
  const [noted] = await sql.rows<{ count: number }>(
    `WITH written AS (${written}), kept AS (
       INSERT INTO vault.change_set_row (change_set_id, n, table_name, key, deed, why, was, now)
       SELECT ${escapeLiteral(changeSetId)}::uuid, row_number() OVER () + (SELECT coalesce(max(n), 0)
                FROM vault.change_set_row WHERE change_set_id = ${escapeLiteral(changeSetId)}::uuid),
              ${escapeLiteral(table)}, key, '${deed}', 'CHOSEN', was, now FROM written RETURNING 1)
     SELECT count(*)::float8 AS count FROM kept`,
  );
  return noted?.count ?? 0;
}

const rowsOf = ({ schema }: Writing, kind: string, state: string) =>
  `${escapeIdentifier(schema)}.row r WHERE r.kind = '${kind}' AND r.state = '${state}'`;

const nullOr = (id: string | null) => (id === null ? 'NULL' : `${escapeLiteral(id)}::uuid`);

/** Makes the tags that rows name and nobody has. */
async function makeTags(sql: Sql, writing: Writing): Promise<void> {
  const by = nullOr(writing.by.id);
  await note(
    sql,
    writing,
    'tag',
    'CREATE',
    `INSERT INTO plant.tag AS t (id, name, created_by, updated_by)
     SELECT gen_random_uuid(), name, ${by}, ${by} FROM (
       SELECT DISTINCT ON (plant.fold_name(tag COLLATE "C")) tag AS name FROM ${escapeIdentifier(writing.schema)}.row r, unnest(r.tags) tag
        WHERE r.state IN ('NEW', 'UPDATED')) named
      WHERE NOT EXISTS (SELECT FROM plant.tag o WHERE plant.fold_name(o.name COLLATE "C") = plant.fold_name(named.name COLLATE "C"))
     RETURNING ARRAY[t.id::text] AS key, NULL::jsonb AS was, to_jsonb(t) AS now`,
  );
}

/** What the columns of a table are without a value: an SQL object. */
async function defaultsOf(sql: Sql, table: string): Promise<string> {
  const columns = await sql.rows<{ name: string; expression: string }>(
    `SELECT a.attname AS name, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression
       FROM pg_catalog.pg_attrdef d JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
      WHERE d.adrelid = $1::regclass`,
    [`plant.${table}`],
  );
  const parts = columns.map(({ name, expression }) => `${escapeLiteral(name)}, ${expression}`);
  return `jsonb_build_object(${parts.join(', ')})`;
}

async function createNew(sql: Sql, writing: Writing, kind: ExchangeKind): Promise<void> {
  const by = nullOr(writing.by.id);
  const stamps = `jsonb_build_object('id', r.id, 'created_by', ${by}, 'updated_by', ${by}, 'created_at', now(), 'updated_at', now())`;
  await note(
    sql,
    writing,
    kind,
    'CREATE',
    `INSERT INTO plant.${kind} AS t SELECT v.* FROM (SELECT r.* FROM ${rowsOf(writing, kind, 'NEW')}) r
      CROSS JOIN LATERAL jsonb_populate_record(NULL::plant.${kind},
        ${await defaultsOf(sql, kind)} || r.fallback || r.vals || ${stamps}) v
     RETURNING ARRAY[t.id::text] AS key, NULL::jsonb AS was, to_jsonb(t) AS now`,
  );
}

async function updatePresent(sql: Sql, writing: Writing, kind: ExchangeKind): Promise<void> {
  const [expected] = await sql.rows<{ count: number; columns: string[] | null }>(
    `SELECT count(DISTINCT r.id)::float8 AS count, array_agg(DISTINCT c) AS columns
       FROM (SELECT r.id, r.changes FROM ${rowsOf(writing, kind, 'UPDATED')}) r, LATERAL jsonb_object_keys(r.changes) c`,
  );
  if (!expected?.columns) return;
  const columns = [...expected.columns, 'updated_at', 'updated_by']
    .map(escapeIdentifier)
    .join(', ');
  const stamps = `jsonb_build_object('updated_at', now(), 'updated_by', ${nullOr(writing.by.id)})`;
  const written = await note(
    sql,
    writing,
    kind,
    'UPDATE',
    `UPDATE plant.${kind} t SET (${columns}) = (SELECT ${columns} FROM jsonb_populate_record(t, r.changes || ${stamps}))
       FROM (SELECT r.id, r.changes, r.before FROM ${rowsOf(writing, kind, 'UPDATED')} AND r.changes <> '{}') r
      WHERE t.id = r.id AND to_jsonb(t) = r.before
     RETURNING ARRAY[t.id::text] AS key, r.before AS was, to_jsonb(t) AS now`,
  );
  if (written !== expected.count) throw changedSincePreview();
}

/** The tags of a row replace those that its element has. */
async function linkTags(sql: Sql, writing: Writing, kind: ExchangeKind): Promise<void> {
  const link = `plant.${kind}_tag`;
  const column = `${kind}_id`;
  const tagged = `(SELECT r.id, t.id AS tag_id FROM ${escapeIdentifier(writing.schema)}.row r, unnest(r.tags) tag
      JOIN plant.tag t ON plant.fold_name(t.name COLLATE "C") = plant.fold_name(tag COLLATE "C")
     WHERE r.kind = '${kind}' AND r.state IN ('NEW', 'UPDATED'))`;
  const key = `ARRAY[l.${column}::text, l.tag_id::text] AS key`;
  await note(
    sql,
    writing,
    `${kind}_tag`,
    'REMOVE',
    `DELETE FROM ${link} l USING (SELECT r.id FROM ${rowsOf(writing, kind, 'UPDATED')} AND r.tags IS NOT NULL) r
      WHERE l.${column} = r.id AND NOT EXISTS (SELECT FROM ${tagged} w WHERE w.id = r.id AND w.tag_id = l.tag_id)
     RETURNING ${key}, to_jsonb(l) AS was, NULL::jsonb AS now`,
  );
  await note(
    sql,
    writing,
    `${kind}_tag`,
    'CREATE',
    `INSERT INTO ${link} AS l (${column}, tag_id) SELECT DISTINCT id, tag_id FROM ${tagged} w ON CONFLICT DO NOTHING
     RETURNING ${key}, NULL::jsonb AS was, to_jsonb(l) AS now`,
  );
}

/** Writes one audit event for each element, so that its history tells of the import. */
async function auditRows(sql: Sql, { changeSetId, by }: Writing): Promise<void> {
  await sql.rows(
    `INSERT INTO vault.audit_event
       (id, actor_kind, actor_id, actor_name, api_key_id, api_key_name, address, action,
        target_kind, target_id, target_name, outcome, detail)
     SELECT gen_random_uuid(), $1, $2::uuid, $3, $4::uuid, $5, $6,
            'network.' || CASE deed WHEN 'CREATE' THEN 'create-' ELSE 'update-' END || table_name,
            table_name, key[1], now ->> 'name', 'DONE', $7::jsonb
       FROM vault.change_set_row WHERE change_set_id = $8::uuid AND table_name = ANY ($9::text[])`,
    [
      ...[by.kind, by.id, by.name, by.apiKey?.id ?? null, by.apiKey?.name ?? null, by.address],
      ...[JSON.stringify({ changeSetId }), changeSetId, [...kindsInOrder, 'tag']],
    ],
  );
}
