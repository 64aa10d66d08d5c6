import type { Resolvers } from '#generated/graphql/resolvers.ts';
import { accountResolvers } from './accounts.ts';
import { apiKeyResolvers } from './api-keys.ts';
import { backupResolvers } from './backups.ts';
import { bringBackResolvers } from './bring-back.ts';
import { compareResolvers } from './compares.ts';
import { destinationResolvers } from './destinations.ts';
import { exportResolvers } from './exports.ts';
import { failureResolvers } from './failure.ts';
import { healthResolvers } from './health.ts';
import { importResolvers } from './imports.ts';
import { jobResolvers } from './jobs.ts';
import { networkResolvers } from './network.ts';
import { notificationResolvers } from './notifications.ts';
import { recoveryResolvers } from './recovery.ts';
import { restoreResolvers } from './restores.ts';
import { scalarResolvers } from './scalars.ts';
import { scheduleResolvers } from './schedule.ts';
import { searchResolvers } from './search.ts';
import { uploadResolvers } from './uploads.ts';

/** Merged in this order into one map. */
export const resolvers: Resolvers[] = [
  scalarResolvers,
  failureResolvers,
  accountResolvers,
  apiKeyResolvers,
  backupResolvers,
  jobResolvers,
  restoreResolvers,
  compareResolvers,
  importResolvers,
  bringBackResolvers,
  scheduleResolvers,
  healthResolvers,
  uploadResolvers,
  recoveryResolvers,
  notificationResolvers,
  destinationResolvers,
  networkResolvers,
  exportResolvers,
  searchResolvers,
];
