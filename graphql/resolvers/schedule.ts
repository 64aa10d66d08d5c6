import { storedFailure } from '#errors';
import type { NightStatus, Resolvers } from '#generated/graphql/resolvers.ts';
import type { Night } from '#generated/vault/client.ts';
import { authorInIfAny } from '#services/authors.ts';
import { permit, permitInPerson } from '#services/permit.ts';
import { findAutomaticBackup } from '#services/schedule/automatic-backup.ts';
import { listNights, localDateText, nightCursor } from '#services/schedule/night-queries.ts';
import { findSchedule, momentIn, updateSchedule } from '#services/schedule/schedule.ts';
import { toConnection } from '../connection.ts';
import type { Context } from '../context.ts';
import { backupsById, jobsById } from './loaders.ts';

const mayView = ({ server, actor }: Context) => permit(server, actor, 'backup.view');

const backupOf = ({ backupId }: Night, context: Context) =>
  backupId === null ? null : backupsById(context).load(backupId);

export const scheduleResolvers: Resolvers = {
  Query: {
    schedule: async (_root, _args, context) => findSchedule(context.server, await mayView(context)),
    nights: async (_root, args, context) =>
      toConnection(await listNights(context.server, await mayView(context), args), nightCursor),
    automaticBackup: async (_root, { at }, context) =>
      findAutomaticBackup(context.server, await mayView(context), at),
  },
  Mutation: {
    updateSchedule: async (_root, { input }, { server, actor }) => ({
      schedule: await updateSchedule(
        server,
        await permitInPerson(server, actor, 'backup.configure'),
        input,
      ),
    }),
  },
  Night: {
    localDate: localDateText,
    scheduled: (night) => momentIn(localDateText(night), night.scheduledFor, night.timeZone),
    status: (night) => night.status as NightStatus,
    endedAt: ({ status, endedAt }) => (status === 'RUNNING' ? null : endedAt),
    error: ({ error }) => storedFailure(error),
    job: ({ jobId }, _args, context) => (jobId === null ? null : jobsById(context).load(jobId)),
    backup: (night, _args, context) => backupOf(night, context),
    testedAt: async (night, _args, context) =>
      (await backupOf(night, context))?.testedAt ?? night.testedAt,
    // Uploading its archive again brings a removed backup back.
    removedAt: async (night, _args, context) =>
      (await backupOf(night, context)) ? null : night.removedAt,
    removedBy: (night) => authorInIfAny(night, 'removedBy'),
  },
};
