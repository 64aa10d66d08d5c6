import { FiberkeepError, notFound } from '#errors';
import type { Job } from '#generated/vault/client.ts';
import { stopJob } from '#jobs/queue.ts';
import { recordAudit } from '#vault/audit.ts';
import { writeVault } from '../authority.ts';
import { kindOf } from '../job-kinds.ts';
import { type Caller, permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { findJob } from './job-queries.ts';

/**
 * Ends a job that is queued at once, and asks for the end of one that runs, which stops within seconds.
 * Anybody who may ask for such work may cancel it. Throws NOT_FOUND, FORBIDDEN, and CONFLICT for one that
 * has ended.
 */
export async function cancelJob(server: Server, actor: Caller | null, id: string): Promise<Job> {
  const found = await findJob(server, actor, id);
  if (!found) throw notFound('job');
  const kind = kindOf(found);
  const canceller = await permit(server, actor, kind.action);
  return writeVault(server, canceller, async (tx) => {
    if (!(await stopJob(tx, kind, id)))
      throw new FiberkeepError('CONFLICT', { reason: 'jobEnded' });
    await recordAudit(tx, {
      actor: canceller.actor,
      action: `${kind.audit}.cancel`,
      outcome: 'DONE',
      target: { kind: 'job', id, name: '' },
    });
    return tx.job.findUniqueOrThrow({ where: { id } });
  });
}
