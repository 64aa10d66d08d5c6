import { z } from 'zod';
import { isLocale, type Locale, notFound, validationError } from '#errors';
import { type ExportFormat, exportFormats } from '#plant/exchange/write/formats.ts';
import { type ElementKind, elementKinds } from '../network/element-rows.ts';
import type { Caller } from '../permit.ts';
import { openSecret, sealSecret } from '../sealed-secret.ts';
import type { Server } from '../server.ts';

export { type ElementKind, elementKinds };

/** Which elements, as lists are narrowed; null: not by this. */
export interface ExportFilter {
  /** In the order of `elementKinds`, each once. */
  readonly kinds: readonly ElementKind[];
  /** Of projects: this one. Of other kinds: what is in it. */
  readonly projectId: string | null;
  readonly tagId: string | null;
  readonly status: string | null;
  readonly search: string | null;
}

/** What somebody wants as a file. */
export interface ExportOrder {
  readonly format: ExportFormat;
  readonly filter: ExportFilter;
  /** Of titles and words, and of numbers in CSV. */
  readonly locale: Locale;
}

export type FilterInput = { readonly [Part in keyof ExportFilter]?: ExportFilter[Part] | null };

/** The filter of an input, which may name some kinds; without any, all are meant. Throws VALIDATION_FAILED. */
export function readFilter(input: FilterInput): ExportFilter {
  const kinds = elementKinds.filter((kind) => input.kinds?.includes(kind) ?? true);
  if (kinds.length === 0) throw validationError([{ path: 'filter.kinds', reason: 'required' }]);
  return {
    kinds,
    projectId: input.projectId ?? null,
    tagId: input.tagId ?? null,
    status: input.status ?? null,
    search: input.search || null,
  };
}

type Keys = Pick<Server['keys'], 'secretSeal'>;

/** A download has to begin within this time. */
export const ORDER_LIFE_MS = 15 * 60 * 1000;

const USE = 'export';
const text = z.string().nullable();
const sealed = z.object({
  personId: text,
  expiresAt: z.number(),
  format: z.enum(exportFormats),
  locale: z.custom<Locale>((value) => isLocale(value as string)),
  filter: z.object({
    kinds: z.array(z.enum(elementKinds)),
    projectId: text,
    tagId: text,
    status: text,
    search: text,
  }),
});

/**
 * The id of an order: the order itself, sealed for one person until `expiresAt` (ms). So nothing is kept, and no
 * other site can make a browser ask for an export.
 */
export function idOfOrder(
  keys: Keys,
  actor: Caller,
  order: ExportOrder,
  expiresAt: number,
): string {
  const content = { ...order, personId: actor.id, expiresAt };
  return Buffer.from(sealSecret(keys, USE, JSON.stringify(content))).toString('base64url');
}

/** The order of an id. Throws NOT_FOUND for one that is none, is another person's or has expired by `now` (ms). */
export function orderOfId(keys: Keys, actor: Caller, id: string, now: number): ExportOrder {
  const { personId, expiresAt, ...order } = open(keys, id);
  if (personId !== actor.id || now > expiresAt) throw notFound('export');
  return order;
}

function open(keys: Keys, id: string) {
  try {
    return sealed.parse(JSON.parse(openSecret(keys, USE, Buffer.from(id, 'base64url'))));
  } catch {
    throw notFound('export');
  }
}
