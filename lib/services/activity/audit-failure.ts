import { asFiberkeepError } from '#errors';
import { type AuditEntry, recordAudit } from '#vault/audit.ts';
import { failureDetail } from '#vault/failures.ts';
import type { Server } from '../server.ts';

/** Does `work`, which writes its own success down, and writes down that it failed and why. */
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
      () => {}, // the failure itself is what the caller has to hear of
    );
    throw thrown;
  }
}
