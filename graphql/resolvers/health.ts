import { errorText, storedFailure } from '#errors';
import type { Resolvers } from '#generated/graphql/resolvers.ts';
import { findHealth } from '#services/health/health.ts';
import { findStorage, storageHistory } from '#services/health/storage.ts';
import { pageSize } from '#services/page.ts';
import { permit } from '#services/permit.ts';
import { acknowledgeRowsDiffer } from '#services/row-maps/acknowledge.ts';
import { previewRetention } from '#services/schedule/preview-retention.ts';
import type { Context } from '../context.ts';
import { backupsById } from './loaders.ts';

const mayView = ({ server, actor }: Context) => permit(server, actor, 'backup.view');

/** The first of a list, as many as a page holds. */
function firstOf<T>(list: readonly T[], first: number | null | undefined): readonly T[] {
  return list.slice(0, pageSize(first, 50));
}

/** The backups of the ids; null for each that was deleted meanwhile. */
function loaded(ids: readonly string[], context: Context) {
  const loader = backupsById(context);
  return Promise.all(ids.map((id) => loader.load(id)));
}

export const healthResolvers: Resolvers = {
  Query: {
    backupHealth: async (_root, _args, context) => {
      const health = await findHealth(context.server, await mayView(context));
      return { ...health, problems: [...health.problems] };
    },
    storage: async (_root, _args, context) => findStorage(context.server, await mayView(context)),
    retentionPreview: async (_root, { rule }, context) => {
      const { server } = context;
      return previewRetention(server, await mayView(context), rule ?? null);
    },
  },
  Mutation: {
    acknowledgeRowsDiffer: async (_root, _args, context) => {
      const { server, actor } = context;
      await acknowledgeRowsDiffer(server, await permit(server, actor, 'backup.create'));
      const health = await findHealth(server, await mayView(context));
      return { ...health, problems: [...health.problems] };
    },
  },
  HealthProblem: {
    message: ({ summary }, _args, { locale, timeZone }) =>
      errorText(summary, locale, timeZone).message,
    hint: ({ summary, error }, _args, { locale, timeZone }) =>
      errorText(error ?? summary, locale, timeZone).hint,
  },
  Storage: {
    history: async (_storage, { days }, context) =>
      storageHistory(context.server, await mayView(context), days ?? 90),
  },
  RetentionPreview: {
    removeCount: ({ remove }) => remove.length,
    keepCount: ({ keep }) => keep.length,
    remove: async ({ remove }, { first }, context) => {
      const backups = await loaded(firstOf(remove, first), context);
      return backups.filter((backup) => backup !== null);
    },
    keep: async ({ keep }, { first }, context) => {
      const shown = firstOf(keep, first);
      const backups = await loaded(
        shown.map(({ id }) => id),
        context,
      );
      return shown.flatMap(({ reasons }, n) => {
        const backup = backups[n] ?? null;
        return backup === null ? [] : [{ backup, reasons: [...reasons] }];
      });
    },
  },
  Backup: {
    testError: ({ testError }) => storedFailure(testError),
  },
};
