import type { CompareStatus, Resolvers } from '#generated/graphql/resolvers.ts';
import { authorIn } from '#services/authors.ts';
import { readGivenName } from '#services/backups/given-name.ts';
import {
  changeCursor,
  findCompare,
  listChanges,
  listPlaces,
  peopleTotals,
  projectTotals,
  returningAccounts,
  returningRoles,
  totalsOf,
} from '#services/compare/compare-queries.ts';
import { permitCompare } from '#services/compare/permit-compare.ts';
import { requestCompare } from '#services/compare/request-compare.ts';
import { toConnection } from '../connection.ts';
import type { Context } from '../context.ts';
import { perRequest } from '../per-request.ts';
import { jobsById } from './loaders.ts';

const mayCompare = perRequest(({ server, actor }: Context) => permitCompare(server, actor));

export const compareResolvers: Resolvers = {
  Query: {
    compare: async (_root, { id }, context) =>
      findCompare(context.server, await mayCompare(context), id),
  },
  Mutation: {
    compareBackups: async (_root, args, context) =>
      requestCompare(context.server, await mayCompare(context), args),
  },
  Compare: {
    status: (compare) => compare.status as CompareStatus,
    job: (compare, _args, context) => jobsById(context).load(compare.jobId),
    author: (compare) => authorIn(compare, 'author'),
    from: (compare) => ({
      id: compare.fromBackupId,
      name: compare.fromName,
      givenName: readGivenName(compare.fromGivenName),
      createdAt: compare.fromCreatedAt,
    }),
    to: (compare) => ({
      id: compare.toBackupId,
      name: compare.toName,
      givenName: readGivenName(compare.toGivenName),
      createdAt: compare.toCreatedAt,
    }),
    totals: async (compare, _args, context) =>
      totalsOf(await mayCompare(context), compare)?.map(({ counts }) => counts) ?? null,
    projects: async (compare, _args, context) =>
      projectTotals(context.server, await mayCompare(context), compare),
    people: async (compare, _args, context) =>
      peopleTotals(context.server, await mayCompare(context), compare),
    accounts: async (compare, _args, context) =>
      returningAccounts(context.server, await mayCompare(context), compare),
    roles: async (compare, _args, context) =>
      returningRoles(context.server, await mayCompare(context), compare),
    changes: async (compare, args, context) => {
      const page = await listChanges(context.server, await mayCompare(context), compare, args);
      return page && toConnection(page, changeCursor);
    },
    places: async (compare, { filter }, context) =>
      listPlaces(context.server, await mayCompare(context), compare, filter),
  },
  Change: {
    label: ({ label, id }) => label ?? id,
    place: ({ lat, lng }) => (lat === null || lng === null ? null : { lat, lng }),
    files: ({ files }) =>
      files.map(({ bytes, ...file }) => ({
        ...file,
        bytes: bytes === null ? null : BigInt(bytes),
      })),
  },
};
