import { notFound } from '#errors';
import type { Backup } from '#generated/vault/client.ts';
import { tidyLine } from '#text';
import { backupTarget, recordAudit } from '#vault/audit.ts';
import { givenNameColumn } from '#vault/given-name.ts';
import { writeVault } from '../authority.ts';
import { type Permit, permit as requirePermit } from '../permit.ts';
import type { Server } from '../server.ts';
import { readBackupText } from './backup-fields.ts';
import { lockBackup, updateBackupRow } from './backup-rows.ts';

export interface BackupChange {
  readonly name?: string | null;
  readonly comment?: string | null;
  readonly pinned?: boolean | null;
}

/**
 * Changes a backup's name and comment, and whether it is pinned. Fields that are not given stay. The manifest
 * keeps the first name. Unpinning a backup that the retention may then remove also takes `backup.delete`.
 * Throws NOT_FOUND, VALIDATION_FAILED, and FORBIDDEN (audited).
 */
export async function updateBackup(
  server: Server,
  permit: Permit<'backup.create'>,
  id: string,
  change: BackupChange,
): Promise<Backup> {
  return writeVault(server, permit, async (tx, now) => {
    const before = await lockBackup(tx, id);
    if (before?.status !== 'READY') throw notFound('backup');
    if (change.pinned === false && staysOnlyAsPinned(before))
      await requirePermit(server, now, 'backup.delete');
    const text = readBackupText({
      name: change.name ?? before.name,
      comment: change.comment ?? before.comment,
    });
    const pinned = change.pinned ?? before.pinned;
    const after = await updateBackupRow(tx, id, {
      ...text,
      pinned,
      // A name that a person typed is theirs, even where it looks like one of the server's.
      ...(text.name !== tidyLine(before.name) && { givenName: givenNameColumn(null) }),
    });
    await recordAudit(tx, {
      actor: permit.actor,
      action: 'backup.update',
      target: backupTarget(after),
      outcome: 'DONE',
      detail: { before: shown(before), after: shown(after) },
    });
    return after;
  });
}

/** Whether the retention may remove it once it is unpinned. It never removes what people made. */
function staysOnlyAsPinned({ kind, pinned }: Backup): boolean {
  return pinned && ['AUTOMATIC', 'INTRADAY', 'SAFETY'].includes(kind);
}

function shown({ name, comment, pinned }: Backup) {
  return { name, comment, pinned };
}
