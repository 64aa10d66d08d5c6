import type { GivenName } from '#engine/ports.ts';
import { Prisma } from '#generated/vault/client.ts';

/** A given name as a row holds it. */
export type Json = Prisma.JsonValue | GivenName;

/** The given name in a column, whose values the manifest's schema has checked. */
export function readGivenName(column: Json): GivenName | null {
  return column as GivenName | null;
}

/** The column's value for a given name. */
export function givenNameColumn(givenName: GivenName | null) {
  return givenName ?? Prisma.DbNull;
}
