import type { Author, AuthorKind } from '#engine/ports.ts';

/** Who acts: what the vault writes down of them. */
export interface Actor extends Author {
  /** Network address they came from; empty on the machine itself. */
  readonly address: string;
  /** The API key that they came with, if any. */
  readonly apiKey?: { readonly id: string; readonly name: string } | null;
}

export type AuthorColumns<P extends string, Text extends string | null = string> = {
  readonly [Column in `${P}Kind` | `${P}Name`]: Text;
} & { readonly [Column in `${P}Id`]: string | null };

/** The three columns that say who did something: `authorColumns('author', …)` is authorKind, authorId, authorName. */
export function authorColumns<P extends string>(
  prefix: P,
  { kind, id, name }: Author,
): AuthorColumns<P> {
  const columns = { [`${prefix}Kind`]: kind, [`${prefix}Id`]: id, [`${prefix}Name`]: name };
  return columns as AuthorColumns<P>;
}

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
