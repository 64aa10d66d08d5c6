import DataLoader from 'dataloader';
import { storedFailure } from '#errors';
import type { BackupKind, ExternalCopyStatus, Resolvers } from '#generated/graphql/resolvers.ts';
import { readGivenName } from '#services/backups/given-name.ts';
import type { CopyRow } from '#services/external/copy-rows.ts';
import {
  type CopyView,
  type DestinationView,
  findCopies,
  findDestinations,
  viewOf,
} from '#services/external/destination-queries.ts';
import { deleteDestination, requireRow } from '#services/external/destinations.ts';
import { requestFetch } from '#services/external/fetch-backup.ts';
import { removalOf } from '#services/external/prune-destination.ts';
import { keepCopy, removeCopy } from '#services/external/remove-copy.ts';
import { requestSend } from '#services/external/send-backup.ts';
import {
  createDestination,
  testDestination,
  updateDestination,
} from '#services/external/set-up-destination.ts';
import { permit, permitInPerson } from '#services/permit.ts';
import type { Server } from '#services/server.ts';
import type { Context } from '../context.ts';
import { perRequest } from '../per-request.ts';
import { backupsById } from './loaders.ts';

const mayView = ({ server, actor }: Context) => permit(server, actor, 'backup.view');
const mayConfigure = ({ server, actor }: Context) =>
  permitInPerson(server, actor, 'backup.configure');

const copiesOfBackup = perRequest(
  (context) =>
    new DataLoader(
      async (ids: readonly string[]) => findCopies(context.server, await mayView(context), ids),
      { cache: false },
    ),
);

export const destinationResolvers: Resolvers = {
  Query: {
    destinations: async (_root, _args, context) =>
      findDestinations(context.server, await mayView(context)),
  },
  Mutation: {
    createDestination: async (_root, { input, takeOver }, context) =>
      answered(
        context,
        await createDestination(context.server, await mayConfigure(context), input, {
          takeOver: takeOver ?? false,
        }),
      ),
    updateDestination: async (_root, { id, input, takeOver }, context) =>
      answered(
        context,
        await updateDestination(context.server, await mayConfigure(context), id, input, {
          takeOver: takeOver ?? false,
        }),
      ),
    testDestination: async (_root, { id }, context) =>
      answered(context, await testDestination(context.server, await mayConfigure(context), id)),
    deleteDestination: async (_root, { id }, context) => {
      await deleteDestination(context.server, await mayConfigure(context), id);
      return { id };
    },
    externalBackup: async (_root, ids, { server, actor }) => ({
      job: await requestSend(server, await permit(server, actor, 'backup.create'), ids),
    }),
    removeCopy: async (_root, ids, { server, actor }) =>
      changed(server, await removeCopy(server, await permit(server, actor, 'backup.delete'), ids)),
    keepCopy: async (_root, ids, { server, actor }) =>
      changed(server, await keepCopy(server, await permit(server, actor, 'backup.delete'), ids)),
    fetchBackup: async (_root, ids, { server, actor }) => ({
      job: await requestFetch(server, await permit(server, actor, 'backup.upload'), ids),
    }),
  },
  Backup: {
    copies: ({ id }, _args, context) => copiesOfBackup(context).load(id),
  },
  ExternalCopy: {
    backup: ({ backupId }, _args, context) => backupsById(context).load(backupId),
    kind: ({ kind }) => kind as BackupKind,
    status: ({ status }) => status as ExternalCopyStatus,
    givenName: ({ givenName }) => readGivenName(givenName),
    testError: ({ testError }) => storedFailure(testError),
    removedAfter: (copy, _args, { server }) => removalOf(server, copy),
  },
};

async function changed(server: Server, copy: CopyRow): Promise<{ copy: CopyView }> {
  const { name } = await requireRow(server, copy.destinationId);
  return { copy: { ...copy, destinationName: name } };
}

async function answered(
  { server }: Context,
  row: Parameters<typeof viewOf>[1],
): Promise<{ destination: DestinationView }> {
  return { destination: await viewOf(server, row) };
}
