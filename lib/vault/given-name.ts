import type { GivenName } from '#engine/ports.ts';
import { Prisma } from '#generated/vault/client.ts';

/** What a row holds of a given name. */
export type Json = Prisma.JsonValue | GivenName;

/** A column's given name: only the manifest's schema lets one into it. */
export function readGivenName(column: Json): GivenName | null {
  return column as GivenName | null;
}

/** The column's value for a given name. */
export function givenNameColumn(givenName: GivenName | null) {
  return givenName ?? Prisma.DbNull;
}
