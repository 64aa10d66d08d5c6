import { Box, Cable, Folder, type LucideIcon, User, UtilityPole } from 'lucide-react';
import type { ElementKind } from '#generated/graphql/client/graphql.ts';

/** Where the list of each kind is; the page of an element is below it. */
const lists: Record<ElementKind, string> = {
  PROJECT: '/network/projects',
  POLE: '/network/poles',
  BOX: '/network/boxes',
  CABLE: '/network/cables',
  CLIENT: '/network/clients',
};

export const elementIcons: Record<ElementKind, LucideIcon> = {
  PROJECT: Folder,
  POLE: UtilityPole,
  BOX: Box,
  CABLE: Cable,
  CLIENT: User,
};

export const listHref = (kind: ElementKind) => lists[kind];

export const elementHref = (kind: ElementKind, id: string) =>
  `${lists[kind]}/${encodeURIComponent(id)}`;
