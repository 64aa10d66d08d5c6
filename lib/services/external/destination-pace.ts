import type { JobRun } from '#jobs/kinds.ts';
import { scheduleZone } from '../schedule/schedule-zone.ts';
import type { Server } from '../server.ts';
import { requireRow } from './destinations.ts';
import { openPace } from './pace.ts';

/** How fast a job may send to a destination. Who asks for a copy now does not want to wait for the night. */
export function paceOf(
  server: Server,
  { job, signal }: JobRun,
  id: string,
): (bytes: number) => Promise<void> {
  const rule = async () => {
    const { bytesPerSecond, quietFrom, quietUntil } = await requireRow(server, id);
    const timeZone = await scheduleZone(server);
    if (job.requestedByKind === 'SERVER')
      return { bytesPerSecond, quietFrom, quietUntil, timeZone };
    return { bytesPerSecond, quietFrom: null, quietUntil: null, timeZone };
  };
  return openPace(rule, server.now, signal);
}
