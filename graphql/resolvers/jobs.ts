import { storedFailure } from '#errors';
import type {
  JobKind,
  JobStatus,
  Resolvers,
  SystemEventKind,
} from '#generated/graphql/resolvers.ts';
import type { Job } from '#generated/vault/client.ts';
import { cancelJob } from '#services/activity/cancel-job.ts';
import {
  backupKindOf,
  compareIdOf,
  destinationIdOf,
  madeBackupId,
  namedBackupOf,
  restoreIdOf,
  targetBackupIdOf,
  uploadIdOf,
} from '#services/activity/job-fields.ts';
import { findJob, listJobs } from '#services/activity/job-queries.ts';
import { watchJob, watchSystem } from '#services/activity/watch.ts';
import { authorIn } from '#services/authors.ts';
import type { JobKindName } from '#services/job-kinds.ts';
import { requestSample } from '#services/network/load-sample.ts';
import { rowCursor } from '#services/page.ts';
import { permit } from '#services/permit.ts';
import { toConnection } from '../connection.ts';
import { backupsById, destinationsById } from './loaders.ts';

export const jobResolvers: Resolvers = {
  Query: {
    job: (_root, { id }, { server, actor }) => findJob(server, actor, id),
    jobs: async (_root, args, { server, actor }) =>
      toConnection(await listJobs(server, actor, args), rowCursor),
  },
  Mutation: {
    cancelJob: async (_root, { id }, { server, actor }) => ({
      job: await cancelJob(server, actor, id),
    }),
    loadSample: async (_root, { size }, { server, actor }) => ({
      job: await requestSample(
        server,
        await permit(server, actor, 'network.import'),
        size ?? 'small',
      ),
    }),
  },
  Subscription: {
    jobProgress: {
      subscribe: (_root, { id }, { server, actor }) => watchJob(server, actor, id),
      resolve: (job: Job) => job,
    },
    systemEvents: {
      subscribe: (_root, _args, { server, actor }) => watchSystem(server, actor),
      resolve: (event: { kind: SystemEventKind; id: string | null }) => event,
    },
  },
  Job: {
    kind: (job) => job.kind as JobKindName satisfies JobKind,
    status: (job) => job.status as JobStatus,
    progress: ({ progressDone, progressTotal, progressUnit }) => ({
      done: progressDone,
      total: progressTotal,
      unit: progressUnit,
    }),
    error: ({ error }) => storedFailure(error),
    requestedBy: (job) => authorIn(job, 'requestedBy'),
    backup: (job, _args, context) => {
      const id = madeBackupId(job);
      return id ? backupsById(context).load(id) : null;
    },
    backupKind: backupKindOf,
    targetBackupId: targetBackupIdOf,
    targetName: (job) => namedBackupOf(job)?.name ?? null,
    targetGivenName: (job) => namedBackupOf(job)?.givenName ?? null,
    destinationId: destinationIdOf,
    destinationName: async (job, _args, context) => {
      const id = destinationIdOf(job);
      return id ? ((await destinationsById(context).load(id))?.name ?? null) : null;
    },
    restoreId: restoreIdOf,
    compareId: compareIdOf,
    uploadId: uploadIdOf,
  },
};
