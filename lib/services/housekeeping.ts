import { housekeepKeptPlants } from './kept-plants.ts';
import type { Server } from './server.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const SWEEPS_KEPT_MS = 7 * DAY_MS;

/**
 * The chores that nobody asks for; any number of workers may do them at the same time. Each chore is
 * done even when another fails; the first failure is thrown at the end.
 */
export async function housekeep(server: Server): Promise<void> {
  const done = await Promise.allSettled([
    forgetExpiredSessions(server),
    forgetOldSweeps(server),
    housekeepKeptPlants(server),
  ]);
  for (const chore of done) if (chore.status === 'rejected') throw chore.reason;
}

async function forgetExpiredSessions(server: Server): Promise<void> {
  const now = new Date();
  await server.vault.session.deleteMany({ where: { expiresAt: { lt: now } } });
  await server.vault.rateLimit.deleteMany({ where: { resetsAt: { lt: now } } });
}

/** A sweep may come every minute: its row tells nothing after a while. */
async function forgetOldSweeps(server: Server): Promise<void> {
  await server.vault.job.deleteMany({
    where: { kind: 'SWEEP', endedAt: { lt: new Date(Date.now() - SWEEPS_KEPT_MS) } },
  });
}
