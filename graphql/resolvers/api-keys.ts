import DataLoader from 'dataloader';
import type { Resolvers } from '#generated/graphql/resolvers.ts';
import {
  type ApiKeyRow,
  createApiKey,
  hintOf,
  listApiKeys,
  revokeApiKey,
  stateOfKeys,
} from '#services/accounts/api-keys.ts';
import { authorInIfAny } from '#services/authors.ts';
import { rowCursor } from '#services/page.ts';
import { permit, permitInPerson } from '#services/permit.ts';
import { toConnection } from '../connection.ts';
import type { Context } from '../context.ts';
import { perRequest } from '../per-request.ts';

const states = perRequest(
  ({ server }) => new DataLoader((keys: readonly ApiKeyRow[]) => stateOfKeys(server, keys)),
);

const manageKeys = ({ server, actor }: Context) => permitInPerson(server, actor, 'apikeys.manage');

export const apiKeyResolvers: Resolvers = {
  Query: {
    apiKeys: async (_root, args, { server, actor }) =>
      toConnection(
        await listApiKeys(server, await permit(server, actor, 'apikeys.manage'), args),
        rowCursor,
      ),
  },
  Mutation: {
    createApiKey: async (_root, { input }, context) =>
      createApiKey(context.server, await manageKeys(context), input),
    revokeApiKey: async (_root, { id }, context) => {
      const apiKey = await revokeApiKey(context.server, await manageKeys(context), id);
      return { id: apiKey.id, apiKey };
    },
  },
  ApiKey: {
    hint: hintOf,
    status: async (key, _args, context) => (await states(context).load(key)).status,
    effectiveActions: async (key, _args, context) =>
      (await states(context).load(key)).effectiveActions,
    owner: async (key, _args, context) => ({
      kind: 'PERSON',
      id: key.ownerId,
      name: (await states(context).load(key)).ownerName,
    }),
    revokedBy: (key) => authorInIfAny(key, 'revokedBy'),
  },
};
