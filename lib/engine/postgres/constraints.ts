import { type ClientBase, escapeIdentifier } from 'pg';
import type { Constraint, Index, Rules } from './introspect.ts';

/**
 * Takes down what makes loading slow: foreign keys, then the constraints that have an index, then the
 * other indexes. Checks stay: they judge the rows as they come in. The search path is `schema`.
 */
export async function dropRules(client: ClientBase, rules: Rules): Promise<void> {
  const { constraints, indexes } = rules;
  await dropConstraints(client, constraints.filter(isForeignKey));
  await dropConstraints(client, constraints.filter(hasIndex));
  const free = indexes.filter((index) => index.constraint === null);
  if (free.length > 0)
    await client.query(
      `DROP INDEX ${free.map((index) => escapeIdentifier(index.name)).join(', ')}`,
    );
}

async function dropConstraints(client: ClientBase, constraints: readonly Constraint[]) {
  for (const [table, ofTable] of byTable(constraints)) {
    const drops = ofTable.map(
      (constraint) => `DROP CONSTRAINT ${escapeIdentifier(constraint.name)}`,
    );
    await client.query(`ALTER TABLE ${escapeIdentifier(table)} ${drops.join(', ')}`);
  }
}

export function isForeignKey(constraint: Constraint): boolean {
  return constraint.kind === 'foreign key';
}

function hasIndex(constraint: Constraint): boolean {
  return ['primary key', 'unique', 'exclusion'].includes(constraint.kind);
}

/** Groups what belongs to a table under its name, in the order given. */
export function byTable<T extends { readonly table: string }>(
  parts: readonly T[],
): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const part of parts) {
    const group = groups.get(part.table);
    if (group) group.push(part);
    else groups.set(part.table, [part]);
  }
  return groups;
}

/**
 * Builds a table's indexes, each statement under a lock that lets the others run beside it. Those of
 * constraints are named constraints afterwards, by `keyStatements`.
 */
export function indexStatements(rules: Rules, table: string): string[] {
  return rules.indexes
    .filter((index) => index.table === table && !isBuiltByItsConstraint(rules, index))
    .map((index) => index.definition);
}

/** Brings primary keys, unique and exclusion constraints back on the indexes that are there by now. */
export function keyStatements(rules: Rules): string[] {
  return rules.constraints.filter(hasIndex).map((constraint) => {
    const index = rules.indexes.find((one) => isIndexOf(one, constraint));
    const add = addConstraint(constraint);
    if (!index || isBuiltByItsConstraint(rules, index)) return `${add} ${constraint.definition}`;
    const kind = constraint.kind === 'primary key' ? 'PRIMARY KEY' : 'UNIQUE';
    return `${add} ${kind} USING INDEX ${escapeIdentifier(index.name)}`;
  });
}

/** PostgreSQL names only plain B-trees a constraint; it builds the others itself. */
function isBuiltByItsConstraint(rules: Rules, index: Index): boolean {
  const constraint = rules.constraints.find((one) => isIndexOf(index, one));
  if (!constraint) return false;
  const plain = constraint.kind !== 'exclusion' && index.definition.includes(' USING btree ');
  return !plain || constraint.definition.includes('DEFERRABLE');
}

function isIndexOf(index: Index, constraint: Constraint): boolean {
  return index.table === constraint.table && index.constraint === constraint.name;
}

function addConstraint(constraint: Constraint): string {
  return `ALTER TABLE ${escapeIdentifier(constraint.table)} ADD CONSTRAINT ${escapeIdentifier(constraint.name)}`;
}

/** Brings a foreign key back without looking at the rows, which `validateStatement` then does. */
export function referenceStatement(constraint: Constraint): string {
  const notValid = constraint.definition.endsWith(' NOT VALID') ? '' : ' NOT VALID';
  return `${addConstraint(constraint)} ${constraint.definition}${notValid}`;
}

/** Checks all rows under a lock that lets other tables' foreign keys to the same parent be checked beside it. */
export function validateStatement(constraint: Constraint): string {
  return `ALTER TABLE ${escapeIdentifier(constraint.table)} VALIDATE CONSTRAINT ${escapeIdentifier(constraint.name)}`;
}
