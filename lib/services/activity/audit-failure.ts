import { asFiberkeepError } from '#errors';
import { type AuditEntry, recordAudit } from '#vault/audit.ts';
import { failureDetail } from '#vault/failures.ts';
import type { Server } from '../server.ts';

/** Does `work`, which audits its own success; audits its failure, with the reason, and throws it. */
export async function auditFailure<T>(
  server: Server,
  deed: Pick<AuditEntry, 'actor' | 'action' | 'target'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    await recordAudit(server.vault, {
      ...deed,
      outcome: 'FAILED',
      detail: failureDetail(asFiberkeepError(thrown)),
    }).catch(
      () => {}, // the caller must learn of the failure itself
    );
    throw thrown;
  }
}
