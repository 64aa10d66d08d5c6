import { storedFailure } from '#errors';
import type {
  MailSecurity,
  NotificationChannel,
  NotificationEvent,
  NotificationStatus,
  Resolvers,
} from '#generated/graphql/resolvers.ts';
import { subjectOf } from '#services/notifications/deliver-notifications.ts';
import {
  findNotification,
  listNotifications,
  requestTest,
} from '#services/notifications/notification-queries.ts';
import {
  getNotificationSettings,
  updateNotificationSettings,
} from '#services/notifications/notification-settings.ts';
import { addWebhook, listWebhooks, removeWebhook } from '#services/notifications/webhooks.ts';
import { rowCursor } from '#services/page.ts';
import { permit, permitInPerson } from '#services/permit.ts';
import { toConnection } from '../connection.ts';
import type { Context } from '../context.ts';
import { perRequest } from '../per-request.ts';

const mayConfigure = ({ server, actor }: Context) => permit(server, actor, 'backup.configure');
const configures = ({ server, actor }: Context) =>
  permitInPerson(server, actor, 'backup.configure');

const settings = perRequest(async (context) =>
  getNotificationSettings(context.server, await mayConfigure(context)),
);

export const notificationResolvers: Resolvers = {
  Query: {
    notificationSettings: (_root, _args, context) => settings(context),
    notifications: async (_root, args, context) =>
      toConnection(
        await listNotifications(context.server, await mayConfigure(context), args),
        rowCursor,
      ),
    notification: async (_root, { id }, context) =>
      findNotification(context.server, await mayConfigure(context), id),
  },
  Mutation: {
    updateNotificationSettings: async (_root, { input }, context) => ({
      settings: await updateNotificationSettings(context.server, await configures(context), input),
    }),
    addWebhook: async (_root, { input }, context) =>
      addWebhook(context.server, await configures(context), input),
    removeWebhook: async (_root, { id }, context) => ({
      id: await removeWebhook(context.server, await configures(context), id),
    }),
    testNotification: async (_root, { channel }, context) => ({
      notifications: await requestTest(context.server, await mayConfigure(context), channel),
    }),
  },
  NotificationSettings: {
    events: ({ events }) => events as NotificationEvent[],
    email: ({
      mailHost: host,
      mailPort,
      mailSecurity,
      mailUser,
      mailPassword,
      mailFrom,
      mailTo,
    }) =>
      host === null
        ? null
        : {
            host,
            port: mailPort ?? 0,
            security: mailSecurity as MailSecurity,
            user: mailUser,
            hasPassword: mailPassword !== null,
            from: mailFrom ?? '',
            to: mailTo,
          },
    webhooks: async (_row, _args, context) =>
      listWebhooks(context.server, await mayConfigure(context)),
  },
  Notification: {
    event: ({ event }) => (event === 'TEST' ? null : (event as NotificationEvent)),
    channel: ({ channel }) => channel as NotificationChannel,
    status: ({ status }) => status as NotificationStatus,
    subject: async (row, _args, context) =>
      subjectOf(row, (await settings(context)).locale, context.timeZone),
    error: ({ error }) => storedFailure(error),
    deliveredAt: ({ status, endedAt }) => (status === 'DELIVERED' ? endedAt : null),
  },
};
