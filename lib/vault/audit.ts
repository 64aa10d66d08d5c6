import { v7 as uuidv7 } from 'uuid';
import type { GivenName } from '#engine/ports.ts';
import { Prisma } from '#generated/vault/client.ts';
import type { Actor } from './actor.ts';
import type { SqlRunner, VaultTransaction } from './client.ts';
import { type Json, readGivenName } from './given-name.ts';

export interface AuditTarget {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
  /** The facts in `name`, where the server named the backup. */
  readonly givenName?: GivenName | null;
}

export interface AuditEntry {
  readonly actor: Actor;
  /** An action (`backup.create`) or what happened (`session.sign-in`). */
  readonly action: string;
  readonly target?: AuditTarget;
  readonly outcome: 'DONE' | 'REFUSED' | 'FAILED';
  readonly detail?: Prisma.InputJsonValue;
}

/** Writes down who did what, in the transaction of the change where there is one. */
export async function recordAudit(db: SqlRunner, entry: AuditEntry): Promise<void> {
  const { actor, target } = entry;
  await db.$executeRaw`
    INSERT INTO vault.audit_event
      (id, actor_kind, actor_id, actor_name, api_key_id, api_key_name, address, action,
       target_kind, target_id, target_name, target_given_name, outcome, detail)
    VALUES (${uuidv7()}::uuid, ${actor.kind}, ${actor.id}::uuid, ${actor.name}, ${actor.apiKey?.id ?? null}::uuid,
      ${actor.apiKey?.name ?? null}, ${actor.address}, ${entry.action},
      ${target?.kind ?? ''}, ${target?.id ?? ''}, ${target?.name ?? ''}, ${jsonText(target?.givenName)}::jsonb, ${entry.outcome},
      ${jsonText(entry.detail)}::jsonb)`;
}

function jsonText(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}

/** A backup as the target of an entry. */
export function backupTarget({
  id,
  name,
  givenName,
}: {
  readonly id: string;
  readonly name: string;
  readonly givenName: Json;
}): AuditTarget {
  return { kind: 'backup', id, name, givenName: readGivenName(givenName) };
}

/** A restore as the target of an entry, under its backup's name. */
export function restoreTarget({
  id,
  backupName,
  backupGivenName,
}: {
  readonly id: string;
  readonly backupName: string;
  readonly backupGivenName: Json;
}): AuditTarget {
  return { kind: 'restore', id, name: backupName, givenName: readGivenName(backupGivenName) };
}

/** An event in the order of the log. */
export interface AuditPlace {
  readonly at: Date;
  readonly id: string;
}

/**
 * The ids of up to `most` events after `after`, newest first, whose actor, action or target contains `text` (as
 * `foldName` has it). The column `search` is made by the migration; Prisma does not know it.
 */
export async function searchAudit(
  db: VaultTransaction,
  text: string,
  { after, most }: { readonly after: AuditPlace | null; readonly most: number },
): Promise<string[]> {
  const found = await db.$queryRaw<{ id: string }[]>`
    SELECT id FROM vault.audit_event
     WHERE ${holds(text)} AND ${after ? isBehind(after) : Prisma.sql`true`}
     ORDER BY at DESC, id DESC LIMIT ${most}`;
  return found.map(({ id }) => id);
}

/** `at <=` alone bounds the index scan; the rest separates events of the same millisecond. */
function isBehind({ at, id }: AuditPlace): Prisma.Sql {
  return Prisma.sql`at <= ${at} AND (at < ${at} OR id < ${id}::uuid)`;
}

/** How many events contain `text`, counted up to `most`. */
export async function countAudit(
  db: VaultTransaction,
  text: string,
  most: number,
): Promise<number> {
  const [row] = await db.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count
      FROM (SELECT FROM vault.audit_event WHERE ${holds(text)} LIMIT ${most}) AS found`;
  return row?.count ?? 0;
}

/** PostgreSQL's estimate of how many events the whole log has. */
export async function estimateAudit(db: VaultTransaction): Promise<number> {
  const [row] = await db.$queryRaw<{ rows: number }[]>`
    SELECT reltuples::float8 AS rows FROM pg_class WHERE oid = 'vault.audit_event'::regclass`;
  return Math.round(row?.rows ?? 0);
}

function holds(text: string): Prisma.Sql {
  const escaped = text.replaceAll(/[\\%_]/g, '\\$&');
  return Prisma.sql`search LIKE ${`%${escaped}%`}`;
}
