import DataLoader from 'dataloader';
import type {
  BackupKind,
  BackupStatus,
  CreateBackupInput,
  Resolvers,
} from '#generated/graphql/resolvers.ts';
import { authorIn, authorInIfAny } from '#services/authors.ts';
import { countPostFiles } from '#services/backups/backup-fields.ts';
import { findBackup, listBackups } from '#services/backups/backup-queries.ts';
import { requestBackup } from '#services/backups/create-backup.ts';
import { deleteBackup } from '#services/backups/delete-backup.ts';
import { readGivenName } from '#services/backups/given-name.ts';
import { isDatedAhead } from '#services/backups/newest-rows.ts';
import { notRestorableOf } from '#services/backups/not-restorable.ts';
import { updateBackup } from '#services/backups/update-backup.ts';
import { anomalyOf } from '#services/changes/anomaly.ts';
import { shownChanges } from '#services/changes/shown-changes.ts';
import { archiveFileName, archiveUrl } from '#services/downloads/archive-file.ts';
import { requestPrepare, whichAreReady } from '#services/downloads/prepare-archive.ts';
import { rowCursor } from '#services/page.ts';
import { permit } from '#services/permit.ts';
import { requestTest } from '#services/restore-tests/test-backup.ts';
import { toConnection } from '../connection.ts';
import type { Context } from '../context.ts';
import { perRequest } from '../per-request.ts';

const mayView = ({ server, actor }: Context) => permit(server, actor, 'backup.view');
const mayCreate = ({ server, actor }: Context) => permit(server, actor, 'backup.create');

/** Fields that are left out or null take the schema's defaults. */
function withDefaults({ name, comment, includeFiles, readEverything }: CreateBackupInput) {
  return {
    name,
    comment: comment ?? '',
    includeFiles: includeFiles ?? true,
    readEverything: readEverything ?? false,
  };
}

const headIsKept = perRequest(
  ({ server }) => new DataLoader((ids: readonly string[]) => whichAreReady(server, ids)),
);

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
    testBackup: async (_root, { id }, context) => ({
      job: await requestTest(context.server, await mayCreate(context), id),
    }),
    prepareArchive: async (_root, { id }, { server, actor }) =>
      requestPrepare(server, await permit(server, actor, 'backup.download'), id),
    deleteBackup: async (_root, { id, evenPinned }, { server, actor }) => {
      const by = await permit(server, actor, 'backup.delete');
      await deleteBackup(server, by, id, { evenPinned: evenPinned ?? false });
      return { id };
    },
  },
  Backup: {
    author: (backup) => authorIn(backup, 'author'),
    datedAhead: (backup, _args, { server }) => isDatedAhead(backup, server.now()),
    archiveReady: (backup, _args, context) => headIsKept(context).load(backup.id),
    archiveUrl,
    archiveName: ({ name }) => archiveFileName(name),
    canDownload: (_backup, _args, { actor }) => actor?.actions.has('backup.download') ?? false,
    uploadedBy: (backup) => authorInIfAny(backup, 'uploadedBy'),
    kind: (backup) => backup.kind as BackupKind,
    fileCount: countPostFiles,
    givenName: ({ givenName }) => readGivenName(givenName),
    status: (backup) => backup.status as BackupStatus,
    notRestorable: notRestorableOf,
    anomaly: anomalyOf,
    changes: (backup, _args, { actor }) => shownChanges(actor, backup),
    tables: (backup) =>
      (backup.tables as { name: string; rows: number }[]).map(({ name, rows }) => ({
        name,
        rows: BigInt(rows),
      })),
  },
};
