import type { Resolvers } from '#generated/graphql/resolvers.ts';
import { createElement, deleteElement, updateElement } from '#services/network/edit-element.ts';
import type { EditPermit } from '#services/network/edit-network.ts';
import {
  type ElementKind,
  type ElementRequest,
  type ElementRows,
  getElement,
  listElements,
  summarizeNetwork,
} from '#services/network/element-queries.ts';
import type { NetworkPage } from '#services/network/network-page.ts';
import { deletePostFile } from '#services/network/post-files.ts';
import { createPost, deletePost, getPost, listPosts, updatePost } from '#services/network/posts.ts';
import { countTagUses, createTag, deleteTag, listTags, updateTag } from '#services/network/tags.ts';
import type { Server } from '#services/server.ts';
import type { Context } from '../context.ts';
import { editPermit, viewPermit } from './network-loaders.ts';
import { kindOf, rowResolvers } from './network-rows.ts';

function asConnection<Row>(page: NetworkPage<Row>) {
  return {
    edges: page.items.map(({ cursor, row }) => ({ cursor, node: row })),
    nodes: page.items.map(({ row }) => row),
    pageInfo: { hasNextPage: page.hasNextPage, endCursor: page.items.at(-1)?.cursor ?? null },
    totalCount: page.totalCount,
  };
}

type WithId = { id: string };

const list =
  <K extends ElementKind>(kind: K) =>
  async (_root: unknown, args: ElementRequest, context: Context) =>
    asConnection(await listElements(context.server, await viewPermit(context), kind, args));

const one =
  <K extends ElementKind>(kind: K) =>
  async (_root: unknown, { id }: WithId, context: Context) =>
    getElement(context.server, await viewPermit(context), kind, id);

/** A service that edits the network; `Rest` are its last arguments. */
type Edit<Rest extends unknown[], Result> = (
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  ...rest: Rest
) => Promise<Result>;

const edit = async <Rest extends unknown[], Result>(
  context: Context,
  service: Edit<Rest, Result>,
  ...rest: Rest
) => service(context.server, await editPermit(context), context.plantEpoch, ...rest);

const remove =
  (service: Edit<[id: string], string>) =>
  async (_root: unknown, { id }: WithId, context: Context) => ({
    id: await edit(context, service, id),
  });

/** The answer holds the element under the name of its kind. */
type Changed<K extends ElementKind> = { [key in K]: ElementRows[K] };

const create =
  <K extends ElementKind>(kind: K) =>
  async (_root: unknown, { input }: { input: object }, context: Context) => {
    const permit = await editPermit(context);
    const made = await createElement(context.server, permit, context.plantEpoch, kind, input);
    return { [kind]: made } as Changed<K>;
  };

const update =
  <K extends ElementKind>(kind: K) =>
  async (_root: unknown, { id, input }: WithId & { input: object }, context: Context) => {
    const permit = await editPermit(context);
    const changed = await updateElement(
      context.server,
      permit,
      context.plantEpoch,
      kind,
      id,
      input,
    );
    return { [kind]: changed } as Changed<K>;
  };

const removeElement = (kind: ElementKind) =>
  remove((server, permit, epoch, id) => deleteElement(server, permit, epoch, kind, id));

const queries: Resolvers['Query'] = {
  projects: list('project'),
  project: one('project'),
  poles: list('pole'),
  pole: one('pole'),
  boxes: list('box'),
  box: one('box'),
  cables: list('cable'),
  cable: one('cable'),
  clients: list('client'),
  client: one('client'),
  posts: async (_root, { element, ...request }, context) => {
    const on = element && { kind: kindOf[element.kind], id: element.id };
    const permit = await viewPermit(context);
    return asConnection(await listPosts(context.server, permit, { ...request, element: on }));
  },
  post: async (_root, { id }, context) => getPost(context.server, await viewPermit(context), id),
  tags: async (_root, _args, context) => listTags(context.server, await viewPermit(context)),
  tagUses: async (_root, { id }, context) =>
    countTagUses(context.server, await viewPermit(context), id),
  networkSummary: async (_root, _args, context) =>
    summarizeNetwork(context.server, await viewPermit(context)),
};

const mutations: Resolvers['Mutation'] = {
  createProject: create('project'),
  updateProject: update('project'),
  deleteProject: removeElement('project'),
  createPole: create('pole'),
  updatePole: update('pole'),
  deletePole: removeElement('pole'),
  createBox: create('box'),
  updateBox: update('box'),
  deleteBox: removeElement('box'),
  createCable: create('cable'),
  updateCable: update('cable'),
  deleteCable: removeElement('cable'),
  createClient: create('client'),
  updateClient: update('client'),
  deleteClient: removeElement('client'),
  createPost: async (_root, { input: { element, ...fields } }, context) => {
    const on = { kind: kindOf[element.kind], id: element.id };
    return { post: await edit(context, createPost, on, fields) };
  },
  updatePost: async (_root, { id, input }, context) => ({
    post: await edit(context, updatePost, id, input),
  }),
  deletePost: remove(deletePost),
  deletePostFile: remove(deletePostFile),
  createTag: async (_root, { input }, context) => ({ tag: await edit(context, createTag, input) }),
  updateTag: async (_root, { id, input }, context) => ({
    tag: await edit(context, updateTag, id, input),
  }),
  deleteTag: remove(deleteTag),
};

/** The network: elements, posts, tags. */
export const networkResolvers: Resolvers = { ...rowResolvers, Query: queries, Mutation: mutations };
