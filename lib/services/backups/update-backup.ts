import { notFound } from '#errors';
import { publish } from '#events/channel.ts';
import type { Backup } from '#generated/vault/client.ts';
import { backupTarget, recordAudit } from '#vault/audit.ts';
import { givenNameColumn } from '#vault/given-name.ts';
import { type Permit, permit as proveAllowed } from '../permit.ts';
import type { Server } from '../server.ts';
import { readBackupText } from './backup-fields.ts';
import { lockBackup } from './backup-rows.ts';

export interface BackupChange {
  readonly name?: string | null;
  readonly comment?: string | null;
  readonly pinned?: boolean | null;
}

/**
 * Changes what people call a backup, and whether it is pinned; what is not given stays. The manifest keeps
 * the name that the backup was made under. To unpin what the retention may then remove takes `backup.delete`, too.
 * Throws NOT_FOUND, VALIDATION_FAILED, and FORBIDDEN (audited).
 */
export async function updateBackup(
  server: Server,
  permit: Permit<'backup.create'>,
  id: string,
  change: BackupChange,
): Promise<Backup> {
  return server.vault.$transaction(async (tx) => {
    const before = await lockBackup(tx, id);
    if (before?.status !== 'READY') throw notFound('backup');
    if (change.pinned === false && staysOnlyAsPinned(before))
      await proveAllowed(server, permit.actor, 'backup.delete');
    const text = readBackupText({
      name: change.name ?? before.name,
      comment: change.comment ?? before.comment,
    });
    const pinned = change.pinned ?? before.pinned;
    const after = await tx.backup.update({
      where: { id },
      data: {
        ...text,
        pinned,
        // What people type is a name of theirs, whatever it looks like.
        ...(text.name !== before.name.trim() && { givenName: givenNameColumn(null) }),
      },
    });
    await recordAudit(tx, {
      actor: permit.actor,
      action: 'backup.update',
      target: backupTarget(after),
      outcome: 'DONE',
      detail: { before: shown(before), after: shown(after) },
    });
    await publish(tx, { kind: 'BACKUPS_CHANGED', id });
    return after;
  });
}

/** What people made, the retention leaves alone, pinned or not. */
function staysOnlyAsPinned({ kind, pinned }: Backup): boolean {
  return pinned && (kind === 'AUTOMATIC' || kind === 'SAFETY');
}

function shown({ name, comment, pinned }: Backup) {
  return { name, comment, pinned };
}
