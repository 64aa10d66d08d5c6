import type { VaultState } from '#engine/external/vault-state.ts';
import { defaultNightTime, lockSchedule, writeSchedule } from '../schedule/schedule-rows.ts';
import type { Server } from '../server.ts';

/** Takes over the schedule of the server before, turned off: that server may still make its nights. */
export async function pauseSchedule(server: Server, state: VaultState | null): Promise<void> {
  await server.vault.$transaction(async (tx) => {
    await lockSchedule(tx, defaultNightTime(server), server.now());
    const { enabled: _, ...settings } = state?.schedule ?? { enabled: true };
    await writeSchedule(tx, { ...settings, enabled: false });
  });
}

/** The e-mails of the accounts that can sign in. */
export async function accountsOfPlant({ plant }: Server): Promise<string[]> {
  const users = await plant.user.findMany({
    where: { disabled: false },
    select: { email: true },
    orderBy: { email: 'asc' },
  });
  return users.map(({ email }) => email);
}
