import { validate as isUuid } from 'uuid';
import type { Backup, Prisma } from '#generated/vault/client.ts';
import { newestFirst, olderThan, type Page, pageOf, pageSize, searchText } from '../page.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';

export interface BackupListInput {
  readonly first?: number | null;
  readonly after?: string | null;
  /** Anywhere in name, comment or author, whatever the case, as far as the database's locale knows cases. */
  readonly search?: string | null;
  readonly kind?: string | null;
}

/** Backups that can be gone back to, newest first. Throws VALIDATION_FAILED. */
export async function listBackups(
  server: Server,
  _permit: Permit<'backup.view'>,
  input: BackupListInput,
): Promise<Page<Backup>> {
  const size = pageSize(input.first, 50);
  const found = foundBy(input);
  const [backups, totalCount] = await Promise.all([
    server.vault.backup.findMany({
      where: { AND: [found, olderThan(input.after)] },
      orderBy: newestFirst,
      take: size + 1,
    }),
    server.vault.backup.count({ where: found }),
  ]);
  return pageOf(backups, size, totalCount);
}

function foundBy(input: BackupListInput): Prisma.BackupWhereInput {
  const kind = input.kind ? { kind: input.kind } : {};
  const text = searchText(input.search);
  if (text === '') return { status: 'READY', ...kind };
  // A pattern of LIKE that means just itself.
  const contains = { contains: text.replaceAll(/[\\%_]/g, '\\$&'), mode: 'insensitive' as const };
  const anywhere = [{ name: contains }, { comment: contains }, { authorName: contains }];
  return { status: 'READY', ...kind, OR: anywhere };
}

/** Null where there is no such backup, or it is being deleted. */
export async function findBackup(
  server: Server,
  _permit: Permit<'backup.view'>,
  id: string,
): Promise<Backup | null> {
  if (!isUuid(id)) return null;
  return server.vault.backup.findFirst({ where: { id, status: 'READY' } });
}

/** The backups of these ids, in their order, null for each that is gone: one query for them all. */
export async function findBackups(
  server: Server,
  _permit: Permit<'backup.view'>,
  ids: readonly string[],
): Promise<(Backup | null)[]> {
  const backups = await server.vault.backup.findMany({
    where: { id: { in: [...ids] }, status: 'READY' },
  });
  const byId = new Map(backups.map((backup) => [backup.id, backup]));
  return ids.map((id) => byId.get(id) ?? null);
}
