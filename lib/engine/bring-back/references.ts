import type { Sql } from './sql.ts';

/** A foreign key of the plant. Column n of `child` names column n of `parent`. */
export interface Reference {
  readonly child: string;
  readonly columns: readonly string[];
  readonly parent: string;
  readonly parentColumns: readonly string[];
  /** What the deletion of the parent does to the child. */
  readonly onDelete: 'RESTRICT' | 'CASCADE' | 'SET NULL';
  /** The child cannot be without: a column is NOT NULL, or the child would be deleted with the parent. */
  readonly required: boolean;
  /** All columns are part of the child's primary key, as in a table that only links two others. */
  readonly inKey: boolean;
}

/** The foreign keys of a schema, in a fixed order. */
export function listForeignKeys(sql: Sql, schema: string): Promise<Reference[]> {
  return sql.rows<Reference>(
    `SELECT c.relname::text AS child, p.relname::text AS parent,
            names.of_child AS columns, names.of_parent AS "parentColumns",
            CASE k.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'RESTRICT' END AS "onDelete",
            names.not_null OR k.confdeltype = 'c' AS required,
            names.in_key AS "inKey"
       FROM pg_catalog.pg_constraint k
       JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
       JOIN pg_catalog.pg_class p ON p.oid = k.confrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       CROSS JOIN LATERAL (
         SELECT array_agg(a.attname::text ORDER BY u.nth) AS of_child,
                array_agg(b.attname::text ORDER BY u.nth) AS of_parent,
                bool_or(a.attnotnull) AS not_null,
                bool_and(coalesce(a.attnum = ANY (x.indkey), false)) AS in_key
           FROM unnest(k.conkey, k.confkey) WITH ORDINALITY AS u (child, parent, nth)
           JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.child
           JOIN pg_catalog.pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = u.parent
           LEFT JOIN pg_catalog.pg_index x ON x.indrelid = k.conrelid AND x.indisprimary) AS names
      WHERE n.nspname = $1 AND k.contype = 'f'
      ORDER BY c.relname COLLATE "C", k.conname COLLATE "C"`,
    [schema],
  );
}

/** The tables, parents before their children. In a circle the order is theirs. */
export function parentsFirst(
  tables: readonly string[],
  references: readonly Reference[],
): string[] {
  const ordered = new Set<string>();
  const visiting = new Set<string>();
  const visit = (table: string) => {
    if (ordered.has(table) || visiting.has(table) || !tables.includes(table)) return;
    visiting.add(table);
    for (const { child, parent } of references) if (child === table) visit(parent);
    visiting.delete(table);
    ordered.add(table);
  };
  for (const table of tables) visit(table);
  return [...ordered];
}
