import { escapeIdentifier } from 'pg';
import type { Constraint, Index, Rules } from './introspect.ts';

/**
 * Drops what makes loading slow: foreign keys, then constraints with an index, then the other indexes.
 * Checks stay, to refuse wrong rows. Triggers are disabled: the rows already have what they did. All
 * statements here need the schema as search path.
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

/** Groups the parts by table, in the order given. */
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
 * Builds a table's indexes, under locks that let the statements run side by side. `keyStatements` then
 * turns those of constraints into constraints.
 */
export function indexStatements(rules: Rules, table: string): string[] {
  return rules.indexes
    .filter((index) => index.table === table && !isBuiltByItsConstraint(rules, index))
    .map((index) => index.definition);
}

/** Adds primary keys, unique and exclusion constraints, on the indexes that `indexStatements` built. */
export function keyStatements(rules: Rules): string[] {
  return rules.constraints.filter(hasIndex).map((constraint) => {
    const index = rules.indexes.find((one) => isIndexOf(one, constraint));
    const add = addConstraint(constraint);
    if (!index || isBuiltByItsConstraint(rules, index)) return `${add} ${constraint.definition}`;
    const kind = constraint.kind === 'primary key' ? 'PRIMARY KEY' : 'UNIQUE';
    return `${add} ${kind} USING INDEX ${escapeIdentifier(index.name)}`;
  });
}

/** PostgreSQL takes only plain B-trees for a constraint; it builds other indexes itself. */
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

/** Adds a foreign key without checking the rows, which `validateStatement` then does. */
export function referenceStatement(constraint: Constraint): string {
  const notValid = constraint.definition.endsWith(' NOT VALID') ? '' : ' NOT VALID';
  return `${addConstraint(constraint)} ${constraint.definition}${notValid}`;
}

/** Checks all rows under a lock that lets foreign keys of other tables be checked at the same time. */
export function validateStatement(constraint: Constraint): string {
  return `ALTER TABLE ${escapeIdentifier(constraint.table)} VALIDATE CONSTRAINT ${escapeIdentifier(constraint.name)}`;
}
