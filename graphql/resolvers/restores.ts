import DataLoader from 'dataloader';
import type { Resolvers, RestoreStatus } from '#generated/graphql/resolvers.ts';
import type { Restore } from '#generated/vault/client.ts';
import { mayEnable } from '#services/accounts/grants.ts';
import { authorIn, authorInIfAny } from '#services/authors.ts';
import { readGivenName } from '#services/backups/given-name.ts';
import { rowCursor } from '#services/page.ts';
import { permit, permitInPerson } from '#services/permit.ts';
import { applyRestore } from '#services/restores/apply-restore.ts';
import { discardRestore } from '#services/restores/discard-restore.ts';
import { leftOutOf } from '#services/restores/not-restorable.ts';
import {
  comparison,
  findRestore,
  listRestores,
  migrationsRun,
  whichCanUndo,
} from '#services/restores/restore-queries.ts';
import { returningAccounts } from '#services/restores/returning-account-rows.ts';
import { requestStage } from '#services/restores/stage-restore.ts';
import { undoRestore } from '#services/restores/undo-restore.ts';
import { toConnection } from '../connection.ts';
import type { Context } from '../context.ts';
import { perRequest } from '../per-request.ts';
import { jobsById } from './loaders.ts';

const mayView = ({ server, actor }: Context) => permit(server, actor, 'backup.view');
/** A swap touches everybody, so no key makes one. */
const maySwap = ({ server, actor }: Context) => permitInPerson(server, actor, 'backup.restore');
const mayRestore = ({ server, actor }: Context) => permit(server, actor, 'backup.restore');

/** Caches nothing: one request may apply and undo. */
const undoable = perRequest(
  ({ server }) =>
    new DataLoader((restores: readonly Restore[]) => whichCanUndo(server, restores), {
      cache: false,
    }),
);

export const restoreResolvers: Resolvers = {
  Query: {
    restore: async (_root, { id }, context) =>
      findRestore(context.server, await mayView(context), id),
    restores: async (_root, args, context) =>
      toConnection(await listRestores(context.server, await mayView(context), args), rowCursor),
  },
  Mutation: {
    stageRestore: async (_root, { backupId }, context) =>
      requestStage(context.server, await mayRestore(context), backupId),
    applyRestore: async (_root, { id, ...input }, context) => ({
      restore: await applyRestore(context.server, await maySwap(context), id, {
        ...input,
        plantEpoch: context.plantEpoch,
      }),
    }),
    undoRestore: async (_root, { id, ...input }, context) => ({
      restore: await undoRestore(context.server, await maySwap(context), id, {
        ...input,
        plantEpoch: context.plantEpoch,
      }),
    }),
    discardRestore: async (_root, { id }, context) => ({
      restore: await discardRestore(context.server, await mayRestore(context), id),
    }),
  },
  ReturningAccount: {
    mayEnable: (account, _args, { actor }) => mayEnable(actor, account),
  },
  Restore: {
    status: (restore) => restore.status as RestoreStatus,
    author: (restore) => authorIn(restore, 'author'),
    appliedBy: (restore) => authorInIfAny(restore, 'appliedBy'),
    job: (restore, _args, context) => jobsById(context).load(restore.jobId),
    canUndo: (restore, _args, context) => undoable(context).load(restore),
    comparison: (restore, _args, { server }) => comparison(server, restore),
    migrationsRun,
    returningAccounts: (restore, _args, { server }) =>
      restore.status === 'STAGED' ? returningAccounts(server, restore.stageSchema) : null,
    notRestorable: (restore, _args, { server }) => leftOutOf(server, restore),
    backupGivenName: ({ backupGivenName }) => readGivenName(backupGivenName),
  },
};
