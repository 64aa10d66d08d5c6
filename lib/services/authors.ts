import type { Author, AuthorKind } from '#engine/ports.ts';
import type { AuthorColumns } from '#vault/actor.ts';

export type { Author };

/** Who did it, read back from the columns of `authorColumns`. */
export function authorIn<P extends string>(row: AuthorColumns<P>, prefix: P): Author {
  const columns = row as Readonly<Record<string, string | null>>;
  return {
    kind: columns[`${prefix}Kind`] as AuthorKind,
    id: columns[`${prefix}Id`] ?? null,
    name: columns[`${prefix}Name`] ?? '',
  };
}

/** As `authorIn`; null where nobody has done it. */
export function authorInIfAny<P extends string>(
  row: AuthorColumns<P, string | null>,
  prefix: P,
): Author | null {
  const { [`${prefix}Kind`]: kind } = row as Readonly<Record<string, string | null>>;
  return kind === null ? null : authorIn(row as AuthorColumns<P>, prefix);
}

/** Who did something, in English: for the command line, and for what scripts read. */
export function authorText({ kind, name }: Author): string {
  if (kind === 'COMMAND_LINE') return name === '' ? 'command line' : `command line (${name})`;
  if (kind === 'ENVIRONMENT') return 'environment';
  return kind === 'SERVER' ? 'Fiberkeep' : name;
}
