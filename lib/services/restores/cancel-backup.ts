import { setTimeout as sleep } from 'node:timers/promises';
import { isJobHeld } from '#jobs/job-rows.ts';
import { requestJobCancel } from '#jobs/queue.ts';
import { recordAudit } from '#vault/audit.ts';
import { runningCreate } from '#vault/plant-state.ts';
import { type Authority, writeVault } from '../authority.ts';
import type { Server } from '../server.ts';

const ENDING_MS = 15_000;
const LOOK_EVERY_MS = 100;

/** Asks the backup that holds the plant to end, and waits for it. `swapInPlant` then finds the plant free. */
export async function cancelRunningBackup(server: Server, by: Authority): Promise<void> {
  const jobId = await runningCreate(server.vault);
  if (!jobId) return;
  await writeVault(server, by, async (tx) => {
    if (!(await requestJobCancel(tx, jobId))) return;
    await recordAudit(tx, {
      actor: by.actor,
      action: 'backup.create.cancel',
      target: { kind: 'job', id: jobId, name: '' },
      outcome: 'DONE',
    });
  });
  await waitUntilEnded(server, jobId);
}

/** Waits until no worker holds the job, for at most 15 s. */
export async function waitUntilEnded(server: Server, jobId: string): Promise<void> {
  const giveUpAt = performance.now() + ENDING_MS;
  while (performance.now() < giveUpAt && (await isJobHeld(server.vault, jobId)))
    await sleep(LOOK_EVERY_MS);
}
