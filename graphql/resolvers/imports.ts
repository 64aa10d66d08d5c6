import type { ElementKind, ImportStatus, Resolvers } from '#generated/graphql/resolvers.ts';
import { authorIn } from '#services/authors.ts';
import { changeSetOf } from '#services/bring-back/change-set-queries.ts';
import { requestApply } from '#services/imports/apply-import.ts';
import { findImport, listImportRows } from '#services/imports/import-queries.ts';
import { countsOf, type ImportCount, matchingOf, shapeOf } from '#services/imports/import-rows.ts';
import { requestImport, requestMatching } from '#services/imports/request-import.ts';
import { rowNumber } from '#services/imports/shown-rows.ts';
import { permit } from '#services/permit.ts';
import { toConnection } from '../connection.ts';
import type { Context } from '../context.ts';
import { jobsById } from './loaders.ts';

const mayImport = ({ server, actor }: Context) => permit(server, actor, 'network.import');

const asEnum = (kind: ImportCount['kind']) => kind.toUpperCase() as ElementKind;
const asKind = (kind: ElementKind | null | undefined) =>
  kind ? (kind.toLowerCase() as ImportCount['kind']) : null;

export const importResolvers: Resolvers = {
  Query: {
    import: async (_root, { id }, context) =>
      findImport(context.server, await mayImport(context), id),
  },
  Mutation: {
    importPlant: async (_root, { input }, context) =>
      requestImport(context.server, await mayImport(context), {
        ...input,
        kind: asKind(input.kind),
      }),
    matchImport: async (_root, { id, matching }, context) =>
      requestMatching(context.server, await mayImport(context), id, {
        kindColumn: matching.kindColumn ?? null,
        columns: Object.fromEntries(matching.columns.map(({ name, field }) => [name, field])),
        groups: matching.groups.map(({ type, project, kind, ...group }) => ({
          ...group,
          kind: asKind(kind),
          type: type ?? null,
          project: project || null,
        })),
        swapped: matching.swapped,
      }),
    applyImport: async (_root, { id, goodRowsOnly }, context) =>
      requestApply(context.server, await mayImport(context), id, { goodRowsOnly }),
  },
  Import: {
    status: ({ status }) => status as ImportStatus,
    job: ({ jobId }, _args, context) => (jobId ? jobsById(context).load(jobId) : null),
    author: (found) => authorIn(found, 'author'),
    columns: (found) => {
      const fields = matchingOf(found)?.columns ?? {};
      return (
        shapeOf(found)?.columns.map(({ name, samples }) => ({
          name,
          field: fields[name] ?? null,
          samples: [...samples],
        })) ?? null
      );
    },
    groups: (found) => {
      const matches = matchingOf(found)?.groups ?? [];
      return (
        shapeOf(found)?.groups.map(({ name, shape, count, samples }) => {
          const match = matches.find((each) => each.name === name && each.shape === shape);
          return {
            ...{ name, shape, count, samples: [...samples] },
            kind: match?.kind ? asEnum(match.kind) : null,
            type: match?.type ?? null,
            project: match?.project ?? null,
          };
        }) ?? null
      );
    },
    kindColumn: (found) => matchingOf(found)?.kindColumn ?? null,
    swapped: (found) => matchingOf(found)?.swapped ?? false,
    counts: (found) => countsOf(found).map((count) => ({ ...count, kind: asEnum(count.kind) })),
    rows: async (found, args, { server }) => {
      const page = await listImportRows(server, found, args);
      return page && toConnection(page, rowNumber);
    },
    changeSet: ({ changeSetId }, _args, { server }) =>
      changeSetId ? changeSetOf(server, changeSetId) : null,
  },
  ImportedRow: {
    id: (row) => rowNumber(row),
    kind: ({ kind }) => asEnum(kind),
    changes: ({ changes }) => [...changes],
  },
};
