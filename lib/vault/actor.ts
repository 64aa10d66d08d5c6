import type { Author, AuthorKind } from '#engine/ports.ts';

/** Who acts, as the vault writes it down. */
export interface Actor extends Author {
  /** Network address that they came from; empty on the machine itself. */
  readonly address: string;
  /** The API key that they used, if any. */
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

/** Reads the columns of `authorColumns`. */
export function authorIn<P extends string>(row: AuthorColumns<P>, prefix: P): Author {
  const columns = row as Readonly<Record<string, string | null>>;
  return {
    kind: columns[`${prefix}Kind`] as AuthorKind,
    id: columns[`${prefix}Id`] ?? null,
    name: columns[`${prefix}Name`] ?? '',
  };
}

/** As `authorIn`; null where the columns are empty. */
export function authorInIfAny<P extends string>(
  row: AuthorColumns<P, string | null>,
  prefix: P,
): Author | null {
  const { [`${prefix}Kind`]: kind } = row as Readonly<Record<string, string | null>>;
  return kind === null ? null : authorIn(row as AuthorColumns<P>, prefix);
}
