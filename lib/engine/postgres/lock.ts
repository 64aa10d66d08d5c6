import { type ClientBase, escapeIdentifier } from 'pg';
import { RewindError } from '../../errors/index.ts';
import { listReferences, listTables } from './introspect.ts';

/** Tables in an order in which none comes before one that it refers to, cycles apart. */
export function parentsFirst(
  tables: readonly string[],
  references: readonly { readonly child: string; readonly parent: string }[],
): string[] {
  const ordered = new Set<string>();
  const entered = new Set<string>();
  const visit = (table: string) => {
    if (entered.has(table)) return;
    entered.add(table);
    for (const { child, parent } of references) if (child === table) visit(parent);
    ordered.add(table);
  };
  for (const table of tables) visit(table);
  return [...ordered];
}

/**
 * Takes EXCLUSIVE on every table of `schema` in one statement: writers wait, readers go on, and a writer
 * that was first has ended. Throws CONFLICT where the schema's tables changed while waiting, and what the
 * transaction's `lock_timeout` and `statement_timeout` throw.
 */
export async function lockSchema(client: ClientBase, schema: string): Promise<void> {
  const before = await listTables(client, schema);
  const ordered = parentsFirst(
    before.map((table) => table.name),
    await listReferences(client, schema),
  );
  const names = ordered.map((table) => `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`);
  if (names.length > 0) await client.query(`LOCK TABLE ${names.join(', ')} IN EXCLUSIVE MODE`);
  const oids = (tables: readonly { oid: number }[]) => tables.map((table) => table.oid).join();
  if (oids(await listTables(client, schema)) === oids(before)) return;
  throw new RewindError('CONFLICT', 'The structure of the network is being changed.', {
    hint: 'Wait until that is done, then try again.',
  });
}
