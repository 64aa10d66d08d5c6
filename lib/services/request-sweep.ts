import type { VaultTransaction } from '../vault/client.ts';
import { enqueueJob } from '../vault/jobs.ts';
import type { Server } from './server.ts';

/** Asks for a sweep, unless one that has not begun yet will see the same. */
export async function requestSweep(
  server: Server,
  tx: VaultTransaction = server.vault,
): Promise<void> {
  const waiting = await tx.job.count({ where: { kind: 'SWEEP', status: 'QUEUED' } });
  if (waiting === 0)
    await enqueueJob(tx, {
      kind: 'SWEEP',
      input: {},
      requestedBy: { id: null, name: 'Rewind', address: '' },
    });
}
