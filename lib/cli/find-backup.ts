import { validate as isUuid } from 'uuid';
import { FiberkeepError } from '#errors';
import type { Backup } from '#generated/vault/client.ts';
import { findBackup, listBackups } from '#services/backups/backup-queries.ts';
import { rowCursor } from '#services/page.ts';
import { foldName, sameName } from '#text';
import type { Session } from './session.ts';

const PAGE = 200;

type Looking = Pick<Session, 'server' | 'permit'>;

/**
 * The backup with this id or name. Where none has a name of that look, case and accents do not count. Throws
 * NOT_FOUND, or CONFLICT where several have the name.
 */
export async function requireBackup(session: Looking, nameOrId: string): Promise<Backup> {
  const permit = await session.permit('backup.view');
  const byId = isUuid(nameOrId) ? await findBackup(session.server, permit, nameOrId) : null;
  if (byId) return byId;
  const likely = await findLike(session, nameOrId);
  const same = likely.filter(({ name }) => sameName(name, nameOrId));
  const [found, ...others] = same.length > 0 ? same : likely;
  if (!found)
    throw new FiberkeepError('NOT_FOUND', { reason: 'noBackupNamed', params: { name: nameOrId } });
  if (others.length > 0) {
    const ids = [found, ...others].map(({ id }) => id).join(', ');
    throw new FiberkeepError('CONFLICT', {
      reason: 'backupNameNotUnique',
      params: { count: others.length + 1, name: nameOrId, ids },
    });
  }
  return found;
}

/** The backups whose name a search takes for `name`. */
async function findLike(session: Looking, name: string): Promise<Backup[]> {
  const folded = foldName(name);
  const permit = await session.permit('backup.view');
  const found: Backup[] = [];
  let after: string | null = null;
  for (;;) {
    const page = await listBackups(session.server, permit, { search: name, first: PAGE, after });
    found.push(...page.items.filter((backup) => foldName(backup.name) === folded));
    const last = page.items.at(-1);
    if (!page.hasNextPage || !last) return found;
    after = rowCursor(last);
  }
}
