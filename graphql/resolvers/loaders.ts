import DataLoader from 'dataloader';
import { findBackups } from '../../lib/services/backups/backup-queries.ts';
import { findJobs } from '../../lib/services/jobs/job-queries.ts';
import { permit } from '../../lib/services/permit.ts';
import { perRequest } from '../per-request.ts';

export const jobsById = perRequest(
  ({ server, actor }) => new DataLoader((ids: readonly string[]) => findJobs(server, actor, ids)),
);

/** A subscription's request lasts: nothing is remembered between its answers. */
export const backupsById = perRequest(
  ({ server, actor }) =>
    new DataLoader(
      async (ids: readonly string[]) =>
        findBackups(server, await permit(server, actor, 'backup.view'), ids),
      { cache: false },
    ),
);
