import { Prisma } from '#generated/plant/client.ts';
import { foldPattern } from '#text';
import { anywhere } from '../page.ts';
import type { ElementKind } from './element-rows.ts';

/** What a search looks in, beside the name. */
const addressed: readonly ElementKind[] = ['pole', 'client'];

/** Every pattern that is tested costs time; more of them tell little more. */
const MOST_PATTERNS = 3;

/**
 * Rows whose name and address together hold every word of `search` (as `foldName` has it), each anywhere. No index
 * helps: PostgreSQL's trigrams are an extension, whose operators a side schema of the plant could not name. So a cheap
 * pattern sorts out most rows before `fold_name` looks at them: see `foldPattern`.
 */
export function holdsWords(kind: ElementKind, search: string): Prisma.Sql {
  const words = [...new Set(search.split(' '))];
  const text = addressed.includes(kind)
    ? Prisma.sql`(("name" || E'\\n' || "address") COLLATE "C")`
    : Prisma.sql`("name" COLLATE "C")`;
  const patterns = words
    .toSorted((one, other) => other.length - one.length)
    .slice(0, MOST_PATTERNS)
    .flatMap((word) => foldPattern(word) ?? [])
    .map((pattern) => Prisma.sql`${text} ~ ${pattern}`);
  const folded = Prisma.sql`plant.fold_name(${text})`;
  const exact = Prisma.sql`${folded} LIKE ALL (${words.map(anywhere)}::text[])`;
  return Prisma.join([...patterns, exact], ' AND ');
}
