import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { unstableColumns } from '#engine/rowmap/stable-types.ts';
import { root } from '#launcher/root.ts';

/** The rules that keep the plant's schema renamable. Each has a query that answers breaches as text. */
const rules: [why: string, sql: string][] = [
  [
    'is an enum or a domain: a cached plan on it fails after the rename (use text with a CHECK)',
    `SELECT format('type %I', typname) AS what FROM pg_type
      WHERE typnamespace = $1::regnamespace AND typtype IN ('e', 'd')`,
  ],
  [
    'is a sequence: it ignores snapshots (ids are UUIDv7)',
    `SELECT format('%I', relname) AS what FROM pg_class
      WHERE relnamespace = $1::regnamespace AND relkind = 'S'`,
  ],
  [
    'is named as an id but is not a uuid',
    `SELECT format('%I.%I', c.relname, a.attname) AS what
       FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0
        AND NOT a.attisdropped AND a.attname ~ '(^|_)id$' AND a.atttypid <> 'uuid'::regtype
        AND a.attname <> 'external_id' -- another system's
        AND c.relname <> '_prisma_migrations'`,
  ],
  [
    'names its schema in a default or a generated column',
    `SELECT format('%I.%I', c.relname, a.attname) AS what
       FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid
       JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
      WHERE c.relnamespace = $1::regnamespace
        AND pg_get_expr(d.adbin, d.adrelid) ~ ('\\m"?' || $1 || '"?\\.')`,
  ],
  [
    'names its schema in its body',
    `SELECT format('function %I', proname) AS what FROM pg_proc
      WHERE pronamespace = $1::regnamespace AND prosrc ~ ('\\m"?' || $1 || '"?\\.')`,
  ],
];

/** Breaches of the plant's rules in `schema`, one sentence each. The search_path must not include it. */
export async function brokenPlantRules(client: pg.ClientBase, schema: string): Promise<string[]> {
  const broken: string[] = [];
  for (const [why, sql] of rules) {
    const { rows } = await client.query<{ what: string }>(sql, [schema]);
    broken.push(...rows.map(({ what }) => `${what} ${why}`));
  }
  for (const [table, columns] of await unstableColumns(client, schema))
    for (const column of columns)
      broken.push(
        `${table}.${column} is of a type whose text depends on other rows of the catalogue: every backup would read the table whole`,
      );
  return broken;
}

/** Lines of a migration's SQL that name a schema: the same file must run in any schema. */
export function qualifiedNames(sql: string): string[] {
  const withoutComments = sql.replaceAll(/--.*$/gm, '');
  return withoutComments
    .split('\n')
    .filter((line) => /(?<!\w)"?(plant|vault|public)"?\s*\.\s*"?\w/i.test(line))
    .map((line) => line.trim());
}

/** Whether the migrations of a plane produce its schema file. */
export async function isMigrated(plane: 'plant' | 'vault'): Promise<boolean> {
  const folder = path.join(root, 'prisma', plane);
  const [written, applied] = await Promise.all([
    readFile(path.join(folder, 'schema.prisma'), 'utf8'),
    readFile(path.join(folder, 'migrations/applied.prisma'), 'utf8'),
  ]);
  return written === applied;
}
