import { type ClientBase, escapeIdentifier } from 'pg';
import { FiberkeepError } from '#errors';
import { listReferences, listTables } from './introspect.ts';

/**
 * The tables, each after all that refer to it, except in cycles. A writer that inserts a child holds the
 * child's table and then asks for the parent's, to check its foreign key. Locking in the same order waits
 * for it once instead of deadlocking.
 */
export function childrenFirst(
  tables: readonly string[],
  references: readonly { readonly child: string; readonly parent: string }[],
): string[] {
  const ordered = new Set<string>();
  const entered = new Set<string>();
  const visit = (table: string) => {
    if (entered.has(table)) return;
    entered.add(table);
    for (const { child, parent } of references) if (parent === table) visit(child);
    ordered.add(table);
  };
  for (const table of tables) visit(table);
  return [...ordered];
}

/**
 * Takes EXCLUSIVE on every table of `schema` in one statement: earlier writers have ended, later ones wait,
 * and readers go on. Throws CONFLICT where the schema's tables changed meanwhile, and what the transaction's
 * `lock_timeout` and `statement_timeout` throw.
 */
export async function lockSchema(client: ClientBase, schema: string): Promise<void> {
  const before = await listTables(client, schema);
  const ordered = childrenFirst(
    before.map((table) => table.name),
    await listReferences(client, schema),
  );
  const names = ordered.map((table) => `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`);
  if (names.length > 0) await client.query(`LOCK TABLE ${names.join(', ')} IN EXCLUSIVE MODE`);
  // All writers are waiting: one cheap question must do.
  const { rows } = await client.query(
    `SELECT count(*)::int AS count FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.oid = ANY ($2::oid[])`,
    [schema, before.map((table) => table.oid)],
  );
  if (rows[0].count === before.length) return;
  throw new FiberkeepError('CONFLICT', { reason: 'structureChanging' });
}
