import { setTimeout as sleep } from 'node:timers/promises';
import type { JobRun } from '#jobs/kinds.ts';
import type { Server } from '../server.ts';
import { type DestinationRow, takeTurn } from './destination-rows.ts';
import { requireRow } from './destinations.ts';

const POLL_MS = 1_000;

/** Waits until no other job works at the destination, and answers its row of then. Throws NOT_FOUND. */
export async function waitForTurn(
  server: Server,
  run: JobRun<{ readonly destinationId: string }>,
  destinationId: string,
): Promise<DestinationRow> {
  for (;;) {
    const row = await requireRow(server, destinationId);
    if (await takeTurn(server.vault, destinationId, run.job.id)) return row;
    run.report('waiting', 0, 0, 'steps');
    await sleep(POLL_MS, undefined, { signal: run.signal });
  }
}
