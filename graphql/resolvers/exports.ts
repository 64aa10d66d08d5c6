import { isLocale } from '#errors';
import type { Resolvers } from '#generated/graphql/resolvers.ts';
import { readFilter } from '#services/exports/export-order.ts';
import { permitExport } from '#services/exports/permit-export.ts';
import { requestExport } from '#services/exports/request-export.ts';
import { kindOf } from './network-rows.ts';

export const exportResolvers: Resolvers = {
  Mutation: {
    exportPlant: async (_root, { format, filter, language }, context) => {
      const permitted = await permitExport(context.server, context.actor);
      const kinds = filter?.kinds?.map((kind) => kindOf[kind]);
      const order = {
        format,
        filter: readFilter({ ...filter, kinds }),
        locale: isLocale(language) ? language : context.locale,
      };
      return { export: requestExport(context.server, permitted, order) };
    },
  },
  PlantExport: { url: ({ id }) => `/api/exports/${id}` },
};
