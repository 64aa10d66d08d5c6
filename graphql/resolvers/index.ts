import type { Resolvers } from '../../generated/graphql/resolvers.ts';
import { accountResolvers } from './accounts.ts';
import { backupResolvers } from './backups.ts';
import { jobResolvers } from './jobs.ts';
import { restoreResolvers } from './restores.ts';
import { scalarResolvers } from './scalars.ts';

/** Every resolver map; the schema merges them. */
export const resolvers: Resolvers[] = [
  scalarResolvers,
  accountResolvers,
  backupResolvers,
  jobResolvers,
  restoreResolvers,
];
