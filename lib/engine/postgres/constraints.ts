import { escapeIdentifier } from 'pg';
import type { Constraint, Index, Rules } from './introspect.ts';

/**
 * What takes down all that makes loading slow: foreign keys, then the constraints that have an index, then
 * the other indexes. Checks stay: they judge the rows as they come in. Triggers are silenced: what they did
 * when the rows were first written is in the rows. All statements here are for a search path of the schema.
 */
export function dropStatements(rules: Rules): string[] {
  const { constraints, indexes, triggers } = rules;
  const alter = (verb: string) => (part: { table: string; name: string }) =>
    `ALTER TABLE ${escapeIdentifier(part.table)} ${verb} ${escapeIdentifier(part.name)}`;
  return [
    ...constraints.filter(isForeignKey).map(alter('DROP CONSTRAINT')),
    ...constraints.filter(hasIndex).map(alter('DROP CONSTRAINT')),
    ...indexes
      .filter((index) => index.constraint === null)
      .map((index) => `DROP INDEX ${escapeIdentifier(index.name)}`),
    ...triggers.map(alter('DISABLE TRIGGER')),
  ];
}

export function triggerStatements({ triggers }: Rules): string[] {
  return triggers.map(
    ({ table, name }) =>
      `ALTER TABLE ${escapeIdentifier(table)} ENABLE TRIGGER ${escapeIdentifier(name)}`,
  );
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
