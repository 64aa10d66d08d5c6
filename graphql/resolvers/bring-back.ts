import type { ChangeSetStatus, Resolvers } from '#generated/graphql/resolvers.ts';
import { authorIn, authorInIfAny } from '#services/authors.ts';
import { readGivenName } from '#services/backups/given-name.ts';
import { requestBringBack } from '#services/bring-back/bring-back.ts';
import {
  canUndoChangeSet,
  findChangeSet,
  isImport,
  listChangeSets,
  newestUndoableChangeSet,
  rowCounts,
} from '#services/bring-back/change-set-queries.ts';
import { previewBringBack } from '#services/bring-back/preview-bring-back.ts';
import { requestUndo } from '#services/bring-back/undo-change-set.ts';
import { permitCompare } from '#services/compare/permit-compare.ts';
import { requestUndoImport } from '#services/imports/apply-import.ts';
import { rowCursor } from '#services/page.ts';
import { permit } from '#services/permit.ts';
import { toConnection } from '../connection.ts';
import type { Context } from '../context.ts';
import { jobsById } from './loaders.ts';

const mayView = ({ server, actor }: Context) => permit(server, actor, 'backup.view');
const mayRestore = ({ server, actor }: Context) => permit(server, actor, 'backup.restore');

const mayImport = ({ server, actor }: Context) => permit(server, actor, 'network.import');

const jobOf = (id: string | null, context: Context) => (id ? jobsById(context).load(id) : null);

export const bringBackResolvers: Resolvers = {
  Query: {
    bringBackPreview: async (_root, { compareId, ...input }, context) => {
      await mayRestore(context);
      const may = await permitCompare(context.server, context.actor);
      return previewBringBack(context.server, may, compareId, input);
    },
    changeSets: async (_root, args, context) =>
      toConnection(await listChangeSets(context.server, await mayView(context), args), rowCursor),
    changeSet: async (_root, { id }, context) =>
      findChangeSet(context.server, await mayView(context), id),
    undoableChangeSet: async (_root, _args, context) => {
      await mayView(context);
      return newestUndoableChangeSet(context.server);
    },
  },
  Mutation: {
    bringBack: async (_root, { compareId, ...input }, context) => {
      await permitCompare(context.server, context.actor);
      return requestBringBack(context.server, await mayRestore(context), compareId, input);
    },
    undoChangeSet: async (_root, { id, keepChanged }, context) =>
      (await isImport(context.server, id))
        ? requestUndoImport(context.server, await mayImport(context), id, { keepChanged })
        : requestUndo(context.server, await mayRestore(context), id, { keepChanged }),
  },
  BringBackPreview: {
    counts: ({ counts }) => [...counts],
    needed: ({ needed }) => [...needed],
    emptied: ({ emptied }) => [...emptied],
    kept: ({ kept }) => [...kept],
    blocked: ({ blocked }) => [...blocked],
    conflicts: ({ conflicts }) => [...conflicts],
  },
  ToldRow: { columns: ({ columns }) => [...columns] },
  RowConflict: {
    key: ({ key }) => [...key],
    presentKey: ({ presentKey }) => [...presentKey],
    columns: ({ columns }) => [...columns],
    choices: ({ choices }) => [...choices],
  },
  ChangeSet: {
    status: ({ status }) => status as ChangeSetStatus,
    job: ({ jobId }, _args, context) => jobOf(jobId, context),
    undoJob: ({ undoJobId }, _args, context) => jobOf(undoJobId, context),
    backupGivenName: ({ backupGivenName }) => readGivenName(backupGivenName),
    author: (set) => authorIn(set, 'author'),
    undoneBy: (set) => authorInIfAny(set, 'undoneBy'),
    counts: (set) => [...rowCounts(set)],
    canUndo: (set, _args, { server }) => canUndoChangeSet(server, set),
  },
};
