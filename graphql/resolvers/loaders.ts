import DataLoader from 'dataloader';
import { findJobs } from '#services/activity/job-queries.ts';
import { findBackups } from '#services/backups/backup-queries.ts';
import { listDestinations } from '#services/external/destinations.ts';
import { permit } from '#services/permit.ts';
import { perRequest } from '../per-request.ts';

export const jobsById = perRequest(
  ({ server, actor }) => new DataLoader((ids: readonly string[]) => findJobs(server, actor, ids)),
);

export const destinationsById = perRequest(
  ({ server, actor }) =>
    new DataLoader(
      async (ids: readonly string[]) => {
        const all = await listDestinations(server, await permit(server, actor, 'backup.view'));
        return ids.map((id) => all.find((one) => one.id === id) ?? null);
      },
      { cache: false },
    ),
);

/** Caches nothing: the request of a subscription lasts over many answers. */
export const backupsById = perRequest(
  ({ server, actor }) =>
    new DataLoader(
      async (ids: readonly string[]) =>
        findBackups(server, await permit(server, actor, 'backup.view'), ids),
      { cache: false },
    ),
);
