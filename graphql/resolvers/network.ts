import type { Resolvers } from '#generated/graphql/resolvers.ts';
import { createBox, updateBox } from '#services/network/boxes.ts';
import { createCable, updateCable } from '#services/network/cables.ts';
import { createClient, updateClient } from '#services/network/clients.ts';
import type { EditPermit } from '#services/network/edit-network.ts';
import {
  deleteElement,
  type ElementKind,
  type ElementRequest,
  getElement,
  listElements,
} from '#services/network/elements.ts';
import type { NetworkPage } from '#services/network/network-page.ts';
import { summarizeNetwork } from '#services/network/network-summary.ts';
import { createPole, updatePole } from '#services/network/poles.ts';
import { deletePostFile } from '#services/network/post-files.ts';
import { createPost, deletePost, getPost, listPosts, updatePost } from '#services/network/posts.ts';
import { createProject, updateProject } from '#services/network/projects.ts';
import { createTag, deleteTag, listTags, updateTag } from '#services/network/tags.ts';
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

/** A service that edits, short of its last arguments. */
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
  networkSummary: async (_root, _args, context) =>
    summarizeNetwork(context.server, await viewPermit(context)),
};

const mutations: Resolvers['Mutation'] = {
  createProject: async (_root, { input }, context) => ({
    project: await edit(context, createProject, input),
  }),
  updateProject: async (_root, { id, input }, context) => ({
    project: await edit(context, updateProject, id, input),
  }),
  deleteProject: removeElement('project'),
  createPole: async (_root, { input }, context) => ({
    pole: await edit(context, createPole, input),
  }),
  updatePole: async (_root, { id, input }, context) => ({
    pole: await edit(context, updatePole, id, input),
  }),
  deletePole: removeElement('pole'),
  createBox: async (_root, { input }, context) => ({ box: await edit(context, createBox, input) }),
  updateBox: async (_root, { id, input }, context) => ({
    box: await edit(context, updateBox, id, input),
  }),
  deleteBox: removeElement('box'),
  createCable: async (_root, { input }, context) => ({
    cable: await edit(context, createCable, input),
  }),
  updateCable: async (_root, { id, input }, context) => ({
    cable: await edit(context, updateCable, id, input),
  }),
  deleteCable: removeElement('cable'),
  createClient: async (_root, { input }, context) => ({
    client: await edit(context, createClient, input),
  }),
  updateClient: async (_root, { id, input }, context) => ({
    client: await edit(context, updateClient, id, input),
  }),
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
