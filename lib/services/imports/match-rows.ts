import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg';
import { type ExchangeKind, exchangeColumns } from '#plant/exchange/columns.ts';
import type { ImportCount } from './import-rows.ts';
import { matchRules } from './match-rules.ts';

/** Each kind after those that it may refer to. */
const kindsInOrder = ['project', 'pole', 'box', 'cable', 'client'] as const;

/** Columns that a new element cannot be without. */
const needed: Readonly<Record<ExchangeKind, readonly string[]>> = {
  project: ['name'],
  pole: ['name', 'lat', 'lng'],
  box: ['name', 'lat', 'lng'],
  cable: ['name'],
  client: ['name', 'lat', 'lng'],
};

const METERS_PER_DEGREE = 111_320;

/**
 * Finds what each row is in the plant of now, by id, external id, then name and place; what its references name; and so
 * its state. All of it is SQL over the scratch table, so that it costs seconds for 100,000 rows.
 */
export async function matchRows(db: ClientBase, schema: string): Promise<ImportCount[]> {
  const row = `${escapeIdentifier(schema)}.row`;
  const target = `${escapeIdentifier(schema)}.target`;
  await db.query(`UPDATE ${row} SET key = plant.fold_name(name COLLATE "C");
    CREATE INDEX ON ${row} (kind, key); ANALYZE ${row};
    CREATE UNLOGGED TABLE ${target} (kind text, word text, rank int, id uuid, project uuid)`);
  await nameProjects(db, row, target);
  for (const kind of kindsInOrder) await matchKind(db, row, target, kind);
  await matchRules(db, row);
  const { rows } = await db.query<ImportCount>(
    `SELECT kind, state, count(*)::int AS count FROM ${row} GROUP BY 1, 2 ORDER BY 1, 2`,
  );
  return rows;
}

/** Makes rows of the projects that other rows name and nobody has. */
async function nameProjects(db: ClientBase, row: string, target: string): Promise<void> {
  await db.query(`
    WITH named AS (SELECT DISTINCT ON (word) word, text FROM (
           SELECT plant.fold_name(refs ->> 'project_id' COLLATE "C") AS word, refs ->> 'project_id' AS text, n
             FROM ${row} WHERE refs ? 'project_id') r ORDER BY word, n)
    INSERT INTO ${row} (kind, name, key, id, vals, fallback, refs, faults)
    SELECT 'project', text, word, gen_random_uuid(), jsonb_build_object('name', text), '{}', '{}', '[]' FROM named
     WHERE NOT EXISTS (SELECT FROM ${row} r WHERE r.kind = 'project' AND (r.key = word OR r.external_id = text))
       AND NOT EXISTS (SELECT FROM plant.project p WHERE plant.fold_name(p.name COLLATE "C") = word
                          OR p.external_id = text OR p.id::text = lower(text))`);
  await db.query(`ANALYZE ${target}`);
}

async function matchKind(
  db: ClientBase,
  row: string,
  target: string,
  kind: ExchangeKind,
): Promise<void> {
  const { rows } = await db.query<{ any: boolean }>(
    `SELECT EXISTS (SELECT FROM ${row} WHERE kind = $1) AS any`,
    [kind],
  );
  if (rows[0]?.any) {
    await resolve(db, row, target, kind, ['project_id']);
    await findPresent(db, row, kind);
    await markDuplicates(db, row, kind);
    await resolve(db, row, target, kind, referencesOf(kind));
    await compare(db, row, kind);
  }
  await offerTargets(db, row, target, kind);
}

const referencesOf = (kind: ExchangeKind) =>
  exchangeColumns[kind]
    .filter(({ type, name }) => type === 'reference' && name !== 'project')
    .map(({ name }) => `${name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_id`);

/** What a reference to the kind may name, from now on: elements of the plant, and new ones of the file. */
async function offerTargets(
  db: ClientBase,
  row: string,
  target: string,
  kind: ExchangeKind,
): Promise<void> {
  const project = kind === 'project' ? 'NULL::uuid' : 'p.project_id';
  await db.query(`
    INSERT INTO ${target}
    SELECT '${kind}', w.word, w.rank, p.id, p.project FROM (
      SELECT id, external_id, plant.fold_name(name COLLATE "C") AS key, ${project} AS project FROM plant.${kind} p
       UNION ALL SELECT id, external_id, key, project FROM ${row} WHERE kind = '${kind}' AND state = 'NEW') p
     CROSS JOIN LATERAL (VALUES (p.id::text, 0), (p.external_id, 1), (p.key, 3)) w (word, rank)
     WHERE w.word IS NOT NULL;
    CREATE INDEX IF NOT EXISTS target_word ON ${target} (kind, word); ANALYZE ${target}`);
}

const targetKinds: Readonly<Record<string, ExchangeKind>> = {
  project_id: 'project',
  pole_id: 'pole',
  box_id: 'box',
  from_box_id: 'box',
  to_box_id: 'box',
  drop_id: 'cable',
};

/**
 * Replaces what references name by ids: by id, external id, then name. Of several, the one that is referred to now,
 * then one of the same project; else it is a fault.
 */
async function resolve(
  db: ClientBase,
  row: string,
  target: string,
  kind: ExchangeKind,
  columns: readonly string[],
): Promise<void> {
  for (const column of columns)
    await db.query(`
      WITH hits AS (
        SELECT r.n, r.id AS row_id, t.id, CASE
                 WHEN r.before ->> '${column}' = t.id::text THEN -1
                 WHEN t.rank = 3 AND t.project IS NOT DISTINCT FROM r.project THEN 2 ELSE t.rank END AS rank
          FROM ${row} r
          CROSS JOIN LATERAL (VALUES (lower(r.refs ->> '${column}')), (r.refs ->> '${column}'),
                 (plant.fold_name(r.refs ->> '${column}' COLLATE "C"))) w (word)
          JOIN ${target} t ON t.kind = '${targetKinds[column]}' AND t.word = w.word
         WHERE r.kind = '${kind}' AND r.refs ? '${column}'),
      best AS (
        SELECT row_id, min(id::text)::uuid AS id, count(DISTINCT id) AS hits FROM (
          SELECT *, min(rank) OVER (PARTITION BY row_id) AS least FROM hits) h WHERE rank = least GROUP BY row_id)
      UPDATE ${row} r SET
        vals = CASE WHEN b.hits = 1 THEN r.vals || jsonb_build_object('${column}', b.id) ELSE r.vals END,
        ${column === 'project_id' ? 'project = CASE WHEN b.hits = 1 THEN b.id END,' : ''}
        faults = CASE WHEN b.hits = 1 THEN r.faults ELSE r.faults || jsonb_build_array(jsonb_build_object(
          'path', '${column}', 'reason', CASE WHEN b.hits > 1 THEN 'severalHaveName' ELSE 'notThere' END)) END
        FROM ${row} w LEFT JOIN best b ON b.row_id = w.id
       WHERE w.ctid = r.ctid AND r.kind = '${kind}' AND r.refs ? '${column}'`);
}

/** Finds the element that a row is, and keeps it as it is now. */
async function findPresent(db: ClientBase, row: string, kind: ExchangeKind): Promise<void> {
  const found = `SET id = p.id, found = true, before = to_jsonb(p)`;
  const open = `r.kind = '${kind}' AND NOT r.found`;
  await db.query(
    `UPDATE ${row} r ${found} FROM plant.${kind} p WHERE ${open} AND p.id::text = r.given_id`,
  );
  await db.query(
    `UPDATE ${row} r ${found} FROM plant.${kind} p WHERE ${open} AND p.external_id = r.external_id`,
  );
  await db.query(
    `UPDATE ${row} r ${found} FROM (
       SELECT DISTINCT ON (r.id) r.id AS row_id, p AS p FROM ${row} r JOIN plant.${kind} p
           ON plant.fold_name(p.name COLLATE "C") = r.key AND ${samePlace[kind]}
        WHERE ${open} ORDER BY r.id, p.id) m, LATERAL (SELECT (m.p).*) p
      WHERE r.id = m.row_id AND ${open}`,
  );
}

const inSameProject = 'p.project_id IS NOT DISTINCT FROM coalesce(r.project, p.project_id)';
const withinMeter = `${inSameProject} AND sqrt(power((p.lat - r.lat) * ${METERS_PER_DEGREE}, 2)
  + power((p.lng - r.lng) * ${METERS_PER_DEGREE} * cosd(r.lat), 2)) <= 1`;

/** When two elements of one name are one. A cable is where its path begins. */
const samePlace: Readonly<Record<ExchangeKind, string>> = {
  project: 'true',
  pole: withinMeter,
  box: withinMeter,
  client: withinMeter,
  cable: `${inSameProject} AND (NOT r.vals ? 'path' OR p.path = '[]' OR sqrt(
    power(((p.path #>> '{0,1}')::float8 - (r.vals #>> '{path,0,1}')::float8) * ${METERS_PER_DEGREE}, 2) +
    power(((p.path #>> '{0,0}')::float8 - (r.vals #>> '{path,0,0}')::float8) * ${METERS_PER_DEGREE}, 2)) <= 1)`,
};

/** Of rows that are the same element, the first one counts. Places are the same to five decimals, about a meter. */
async function markDuplicates(db: ClientBase, row: string, kind: ExchangeKind): Promise<void> {
  const same = [
    'id',
    'external_id',
    `project, key, round(lat::numeric, 5), round(lng::numeric, 5), left(vals ->> 'path', 60)`,
  ];
  const only = ['true', 'external_id IS NOT NULL', 'NOT found AND external_id IS NULL'];
  for (const [at, columns] of same.entries())
    await db.query(`
      UPDATE ${row} r SET state = 'DUPLICATE' FROM (
        SELECT ctid, row_number() OVER (PARTITION BY ${columns} ORDER BY n NULLS FIRST) AS nth
          FROM ${row} WHERE kind = '${kind}' AND state IS NULL AND faults = '[]' AND ${only[at]}) d
       WHERE d.ctid = r.ctid AND d.nth > 1`);
}

/** What a row changes, and so its state. Values that stand in the file replace those of now; empty ones say nothing. */
async function compare(db: ClientBase, row: string, kind: ExchangeKind): Promise<void> {
  const mine = `r.kind = '${kind}' AND r.state IS NULL`;
  await db.query(`
    UPDATE ${row} r SET old_tags = ARRAY(SELECT t.name FROM plant.${kind}_tag l JOIN plant.tag t ON t.id = l.tag_id
        WHERE l.${kind}_id = r.id ORDER BY t.name) WHERE ${mine} AND r.found AND r.tags IS NOT NULL;
    UPDATE ${row} r SET changes = coalesce((SELECT jsonb_object_agg(v.key, v.value) FROM jsonb_each(r.vals) v
        WHERE r.before -> v.key IS DISTINCT FROM v.value), '{}') WHERE ${mine} AND r.found;
    UPDATE ${row} r SET faults = r.faults || (SELECT jsonb_agg(jsonb_build_object('path', c, 'reason', 'required'))
        FROM unnest(ARRAY[${needed[kind].map((column) => escapeLiteral(column)).join(',')}]) c WHERE NOT r.vals ? c)
      WHERE ${mine} AND NOT r.found AND r.faults = '[]'
        AND NOT r.vals ?& ARRAY[${needed[kind].map((column) => escapeLiteral(column)).join(',')}];
    UPDATE ${row} r SET state = CASE WHEN r.faults <> '[]' THEN 'WRONG' WHEN NOT r.found THEN 'NEW'
        WHEN r.changes = '{}' AND (r.tags IS NULL OR ${folded('r.tags')} = ${folded('r.old_tags')}) THEN 'SAME'
        ELSE 'UPDATED' END WHERE ${mine}`);
}

const folded = (tags: string) =>
  `ARRAY(SELECT DISTINCT plant.fold_name(t COLLATE "C") FROM unnest(${tags}) t ORDER BY 1)`;
