import { asFiberkeepError } from '#errors';
import type { Backup } from '#generated/vault/client.ts';
import { backupTarget, recordAudit } from '#vault/audit.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';

/** Writes down who took which bytes of a backup's archive, and with `failure` why it was not all of them. */
export async function auditDownload(
  server: Server,
  { actor }: Permit<'backup.download'>,
  backup: Backup,
  bytes: { readonly start: number; readonly end: number },
  failure: unknown,
): Promise<void> {
  await recordAudit(server.vault, {
    actor,
    action: 'backup.download',
    target: backupTarget(backup),
    outcome: failure === null ? 'DONE' : 'FAILED',
    detail: {
      from: bytes.start,
      to: bytes.end,
      ...(failure !== null && { code: asFiberkeepError(failure).code }),
    },
  });
}
