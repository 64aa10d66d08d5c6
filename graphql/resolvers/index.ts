import type { Resolvers } from '../../generated/graphql/resolvers.ts';
import { accountResolvers } from './accounts.ts';
import { networkResolvers } from './network.ts';
import { scalarResolvers } from './scalars.ts';

/** Every resolver map; the schema merges them. */
export const resolvers: Resolvers[] = [scalarResolvers, accountResolvers, networkResolvers];
