import DataLoader from 'dataloader';
import type { PostFile, Tag } from '#generated/plant/client.ts';
import type { Author } from '#services/authors.ts';
import {
  type HistoryPage,
  type HistoryRequest,
  lookUpHistory,
} from '#services/network/element-history.ts';
import {
  type ElementKind,
  type ElementRows,
  lookUpElements,
  lookUpFileSizes,
  lookUpPeople,
  lookUpPostCounts,
  lookUpPostFiles,
  lookUpTags,
} from '#services/network/element-queries.ts';
import { type BoxPort, lookUpBoxPorts, lookUpFreePorts } from '#services/network/port-queries.ts';
import { type Permit, permit } from '#services/permit.ts';
import type { Server } from '#services/server.ts';
import type { Context } from '../context.ts';

/** What rows of the network show beside their own columns, batched over all rows of one answer. */
export interface NetworkLoaders {
  readonly element: <K extends ElementKind>(kind: K, id: string) => Promise<ElementRows[K] | null>;
  readonly tags: (kind: ElementKind | 'post', id: string) => Promise<Tag[]>;
  readonly postCount: (kind: ElementKind, id: string) => Promise<number>;
  readonly freePorts: (boxId: string) => Promise<number | null>;
  readonly boxPorts: (boxId: string) => Promise<BoxPort[]>;
  readonly postFiles: (postId: string) => Promise<PostFile[]>;
  readonly fileSize: (sha256: string) => Promise<bigint>;
  readonly history: (
    kind: ElementKind,
    id: string,
    request: HistoryRequest,
  ) => Promise<HistoryPage>;
  readonly person: (id: string | null) => Promise<Author | null>;
}

type ViewPermit = Permit<'network.view'>;
type LookUp<V> = (server: Server, permit: ViewPermit, ids: readonly string[]) => Promise<V[]>;
type Load = <V>(lookUp: LookUp<V>) => DataLoader<string, V>;

const made = new WeakMap<Context, NetworkLoaders>();

/** The loaders of one request. They batch but cache nothing: a mutation's answer shows what it changed. */
export function loadersOf(context: Context): NetworkLoaders {
  const loaders = made.get(context) ?? makeLoaders(context);
  made.set(context, loaders);
  return loaders;
}

function makeLoaders(context: Context): NetworkLoaders {
  const load = <V>(lookUp: LookUp<V>) =>
    new DataLoader<string, V>(
      async (ids) => lookUp(context.server, await viewPermit(context), ids),
      { cache: false },
    );
  const elements = elementLoaders(load);
  const tags = loaderByKind(load, lookUpTags);
  const postCounts = loaderByKind(load, lookUpPostCounts);
  const freePorts = load(lookUpFreePorts);
  const boxPorts = load(lookUpBoxPorts);
  const postFiles = load(lookUpPostFiles);
  const fileSizes = load(lookUpFileSizes);
  const people = load(lookUpPeople);
  return {
    element: (kind, id) => elements[kind].load(id),
    tags: (kind, id) => tags(kind).load(id),
    postCount: (kind, id) => postCounts(kind).load(id),
    freePorts: (id) => freePorts.load(id),
    boxPorts: (id) => boxPorts.load(id),
    postFiles: (id) => postFiles.load(id),
    fileSize: (sha256) => fileSizes.load(sha256),
    history: historyLoader(load),
    person: async (id) => (id === null ? null : people.load(id)),
  };
}

/** One loader for each kind and each request of a page. */
function historyLoader(load: Load): NetworkLoaders['history'] {
  const loaders = new Map<string, DataLoader<string, HistoryPage>>();
  return (kind, id, { first, after }) => {
    const key = JSON.stringify([kind, first, after]);
    const loader =
      loaders.get(key) ??
      load<HistoryPage>((server, may, ids) =>
        lookUpHistory(server, may, kind, ids, { first, after }),
      );
    loaders.set(key, loader);
    return loader.load(id);
  };
}

type ElementLoaders = { [K in ElementKind]: DataLoader<string, ElementRows[K] | null> };

function elementLoaders(load: Load): ElementLoaders {
  const of = <K extends ElementKind>(kind: K) =>
    load<ElementRows[K] | null>((server, may, ids) => lookUpElements(server, may, kind, ids));
  return {
    project: of('project'),
    pole: of('pole'),
    box: of('box'),
    cable: of('cable'),
    client: of('client'),
  };
}

/** One loader for each kind, made when it is first asked for. */
function loaderByKind<K extends string, V>(
  load: Load,
  lookUp: (server: Server, permit: ViewPermit, kind: K, ids: readonly string[]) => Promise<V[]>,
): (kind: K) => DataLoader<string, V> {
  const loaders = new Map<K, DataLoader<string, V>>();
  return (kind) => {
    const loader =
      loaders.get(kind) ?? load<V>((server, may, ids) => lookUp(server, may, kind, ids));
    loaders.set(kind, loader);
    return loader;
  };
}

/** Throws UNAUTHENTICATED, FORBIDDEN. */
export function viewPermit(context: Context): Promise<ViewPermit> {
  return permit(context.server, context.actor, 'network.view');
}

/** Throws UNAUTHENTICATED, FORBIDDEN. */
export function editPermit(context: Context): Promise<Permit<'network.edit'>> {
  return permit(context.server, context.actor, 'network.edit');
}
