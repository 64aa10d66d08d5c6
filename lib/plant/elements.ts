import {
  type Box,
  type Cable,
  type Client,
  type Pole,
  Prisma,
  type Project,
} from '#generated/plant/client.ts';
import type { PlantTransaction } from './client.ts';

/** What can stand on the map, and have tags and posts. Its table, its tags' and its posts' column go by it. */
export const elementKinds = ['project', 'pole', 'box', 'cable', 'client'] as const;

export type ElementKind = (typeof elementKinds)[number];

export interface ElementRows {
  project: Project;
  pole: Pole;
  box: Box;
  cable: Cable;
  client: Client;
}

type Find = {
  [K in ElementKind]: (db: PlantTransaction, ids: string[]) => Promise<ElementRows[K][]>;
};

const find: Find = {
  project: (db, ids) => db.project.findMany({ where: { id: { in: ids } } }),
  pole: (db, ids) => db.pole.findMany({ where: { id: { in: ids } } }),
  box: (db, ids) => db.box.findMany({ where: { id: { in: ids } } }),
  cable: (db, ids) => db.cable.findMany({ where: { id: { in: ids } } }),
  client: (db, ids) => db.client.findMany({ where: { id: { in: ids } } }),
};

/** The rows of the ids, in any order; those that there are. */
export function findElements<K extends ElementKind>(
  db: PlantTransaction,
  kind: K,
  ids: readonly string[],
): Promise<ElementRows[K][]> {
  return find[kind](db, [...ids]);
}

/** The kind's table. */
export const tableOf = (kind: ElementKind) => Prisma.raw(`plant."${kind}"`);
/** The table of the kind's tags. */
export const tagTableOf = (kind: ElementKind | 'post') => Prisma.raw(`plant."${kind}_tag"`);
/** The column that refers to the kind, in `post` and in the table of its tags. */
export const columnOf = (kind: ElementKind | 'post') => Prisma.raw(`"${kind}_id"`);
