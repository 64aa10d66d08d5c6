import type { Resolvers } from '#generated/graphql/resolvers.ts';
import { authorIn } from '#services/authors.ts';
import { computedLength } from '#services/network/computed-length.ts';
import {
  deedOf,
  fieldsOf,
  type HistoryRequest,
  historyCursor,
} from '#services/network/element-history.ts';
import type { ElementKind } from '#services/network/element-queries.ts';
import { elementOf, type WorkState } from '#services/network/posts.ts';
import { restoredMeanwhile } from '#services/write-plant.ts';
import type { Context } from '../context.ts';
import { loadersOf } from './network-loaders.ts';

/** The enum of the schema and the kind of the services. */
export const kindOf = {
  PROJECT: 'project',
  POLE: 'pole',
  BOX: 'box',
  CABLE: 'cable',
  CLIENT: 'client',
} as const;

export const enumOf = {
  project: 'PROJECT',
  pole: 'POLE',
  box: 'BOX',
  cable: 'CABLE',
  client: 'CLIENT',
} as const;

interface Made {
  readonly id: string;
  readonly createdById: string | null;
  readonly updatedById: string | null;
}

const people = {
  createdBy: (row: Made, _args: unknown, context: Context) =>
    loadersOf(context).person(row.createdById),
  updatedBy: (row: Made, _args: unknown, context: Context) =>
    loadersOf(context).person(row.updatedById),
};

/** What every element shows. */
const shared = (kind: ElementKind) => ({
  ...people,
  tags: (row: Made, _args: unknown, context: Context) => loadersOf(context).tags(kind, row.id),
  postCount: (row: Made, _args: unknown, context: Context) =>
    loadersOf(context).postCount(kind, row.id),
  history: async (row: Made, args: HistoryRequest, context: Context) => {
    const { items, hasNextPage } = await loadersOf(context).history(kind, row.id, args);
    const last = items.at(-1);
    return {
      nodes: items,
      pageInfo: { hasNextPage, endCursor: last ? historyCursor(last) : null },
    };
  },
});

const project = async (row: { projectId: string | null }, _args: unknown, context: Context) =>
  row.projectId === null
    ? null
    : present(await loadersOf(context).element('project', row.projectId));

/** A foreign key refers to the row, so only a swap between two queries can make it missing. */
function present<T>(row: T | null): T {
  if (row === null) throw restoredMeanwhile('reading');
  return row;
}

const pole = async (row: { poleId: string | null }, _args: unknown, context: Context) =>
  row.poleId === null ? null : loadersOf(context).element('pole', row.poleId);

const box = async (id: string | null, context: Context) =>
  id === null ? null : loadersOf(context).element('box', id);

/** Fields of the network's rows that are not columns of theirs. */
export const rowResolvers: Resolvers = {
  Project: shared('project'),
  Pole: { ...shared('pole'), project },
  Box: {
    ...shared('box'),
    project,
    pole,
    freePorts: async (row, _args, context) =>
      row.ports === null ? null : loadersOf(context).freePorts(row.id),
    portTable: (row, _args, context) => loadersOf(context).boxPorts(row.id),
  },
  Cable: {
    ...shared('cable'),
    computedLengthMeters: ({ path }) => computedLength(path),
    project,
    fromBox: (row, _args, context) => box(row.fromBoxId, context),
    toBox: (row, _args, context) => box(row.toBoxId, context),
  },
  Client: {
    ...shared('client'),
    project,
    box: (row, _args, context) => box(row.boxId, context),
    drop: async (row, _args, context) =>
      row.dropId === null ? null : loadersOf(context).element('cable', row.dropId),
  },
  Post: {
    ...people,
    work: ({ work }) => work as WorkState,
    dueOn: ({ dueOn }) => dueOn?.toISOString().slice(0, 10) ?? null,
    tags: (row, _args, context) => loadersOf(context).tags('post', row.id),
    files: (row, _args, context) => loadersOf(context).postFiles(row.id),
    element: async (row, _args, context) => {
      const { kind, id } = elementOf(row);
      const { name } = present(await loadersOf(context).element(kind, id));
      return { kind: enumOf[kind], id, name };
    },
  },
  HistoryEntry: {
    actor: (event) => authorIn(event, 'actor'),
    deed: deedOf,
    fields: (event) => fieldsOf(event)?.slice() ?? null,
  },
  PostFile: {
    size: (row, _args, context) => loadersOf(context).fileSize(row.sha256),
    url: (row) => `/api/files/${row.id}`,
  },
};
