import type {
  BackupKind,
  BackupStatus,
  CreateBackupInput,
  Resolvers,
} from '../../generated/graphql/resolvers.ts';
import { findBackup, listBackups } from '../../lib/services/backup-queries.ts';
import { requestBackup } from '../../lib/services/create-backup.ts';
import { deleteBackup } from '../../lib/services/delete-backup.ts';
import { rowCursor } from '../../lib/services/newest-first.ts';
import { permit } from '../../lib/services/permit.ts';
import { updateBackup } from '../../lib/services/update-backup.ts';
import { requestVerify } from '../../lib/services/verify-backup.ts';
import { toConnection } from '../connection.ts';
import type { Context } from '../context.ts';

const mayView = ({ server, actor }: Context) => permit(server, actor, 'backup.view');
const mayCreate = ({ server, actor }: Context) => permit(server, actor, 'backup.create');

/** What the client leaves out or sends as null is the schema's default. */
function withDefaults({ name, comment, includeFiles }: CreateBackupInput) {
  return { name, comment: comment ?? '', includeFiles: includeFiles ?? true };
}

export const backupResolvers: Resolvers = {
  Query: {
    backups: async (_root, args, context) =>
      toConnection(await listBackups(context.server, await mayView(context), args), rowCursor),
    backup: async (_root, { id }, context) =>
      findBackup(context.server, await mayView(context), id),
  },
  Mutation: {
    createBackup: async (_root, { input }, context) => ({
      job: await requestBackup(context.server, await mayCreate(context), withDefaults(input)),
      backup: null,
    }),
    updateBackup: async (_root, { id, input }, context) => ({
      backup: await updateBackup(context.server, await mayCreate(context), id, input),
    }),
    verifyBackup: async (_root, { id }, context) => ({
      job: await requestVerify(context.server, await mayCreate(context), id),
    }),
    deleteBackup: async (_root, { id }, { server, actor }) => {
      await deleteBackup(server, await permit(server, actor, 'backup.delete'), id);
      return { id };
    },
  },
  Backup: {
    author: (backup) => ({ id: backup.authorId, name: backup.authorName }),
    kind: (backup) => backup.kind as BackupKind,
    status: (backup) => backup.status as BackupStatus,
    tables: (backup) =>
      (backup.tables as { name: string; rows: number }[]).map(({ name, rows }) => ({
        name,
        rows: BigInt(rows),
      })),
  },
};
