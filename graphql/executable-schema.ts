import { makeExecutableSchema } from '@graphql-tools/schema';
import { typeDefs } from '#generated/graphql/type-defs.ts';
import { resolvers } from './resolvers/index.ts';

/** The schema with its resolvers, for every transport. */
export const schema = makeExecutableSchema({ typeDefs, resolvers });
