import type { Author } from '#engine/ports.ts';

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
