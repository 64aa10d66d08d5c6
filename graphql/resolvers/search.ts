import type { Resolvers } from '#generated/graphql/resolvers.ts';
import { type Action, type Permit, permit } from '#services/permit.ts';
import { searchEverything } from '#services/search/search.ts';
import type { Context } from '../context.ts';
import { enumOf } from './network-rows.ts';

/** Null where the caller may not: then the search leaves it out. Throws UNAUTHENTICATED. */
async function permitIfAny<A extends Action>(
  { server, actor }: Context,
  action: A,
): Promise<Permit<A> | null> {
  return actor && !actor.actions.has(action) ? null : permit(server, actor, action);
}

export const searchResolvers: Resolvers = {
  Query: {
    search: async (_root, request, context) => {
      const network = await permitIfAny(context, 'network.view');
      const backups = await permitIfAny(context, 'backup.view');
      return searchEverything(context.server, { network, backups }, request);
    },
  },
  FoundElement: { kind: ({ kind }) => enumOf[kind] },
};
