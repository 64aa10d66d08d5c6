import { z } from 'zod';
import { validationError } from '#errors';
import { type ChangeFilter, changeKinds } from '../compare/change-rows.ts';

/** Ids that a person ticks; for more they give a filter. */
const MOST_IDS = 10_000;

const choiceInput = z.strictObject({
  table: z.string(),
  key: z.array(z.string()),
  choice: z.enum(['SKIP', 'RENAME', 'EMPTY', 'USE_PRESENT']),
});

const filterInput = z.strictObject({
  tables: z.array(z.string()).nullish(),
  kinds: z.array(z.enum(changeKinds)).nullish(),
  people: z.array(z.string()).nullish(),
  day: z.string().nullish(),
  projectId: z.string().nullish(),
  search: z.string().optional(),
  bbox: z
    .strictObject({ west: z.number(), south: z.number(), east: z.number(), north: z.number() })
    .nullish(),
});

/** What is brought back, and how: chosen by ids, or by a filter. */
export const wanted = z.strictObject({
  ids: z.array(z.string()).max(MOST_IDS).nullable(),
  filter: filterInput,
  create: z.boolean(),
  update: z.boolean(),
  remove: z.boolean(),
  wholeRows: z.boolean(),
  choices: z.array(choiceInput).max(MOST_IDS),
});
export type Wanted = z.infer<typeof wanted>;

/** As it is asked for. */
export interface BringBackInput {
  readonly selection: {
    readonly ids?: readonly string[] | null;
    readonly filter?: (Omit<ChangeFilter, 'hidden' | 'search'> & { search?: string | null }) | null;
  };
  readonly create?: boolean | null;
  readonly update?: boolean | null;
  readonly remove?: boolean | null;
  readonly wholeRows?: boolean | null;
  readonly choices?: Wanted['choices'] | null;
}

/** Throws VALIDATION_FAILED where nothing is chosen, or too much one by one. */
export function readWanted({ selection, choices, ...ticks }: BringBackInput): Wanted {
  const { ids = null, filter = null } = selection;
  if (ids === null && filter === null)
    throw validationError([{ path: 'selection', reason: 'required' }]);
  if (ids !== null && ids.length > MOST_IDS)
    throw validationError([
      { path: 'selection.ids', reason: 'tooMany', params: { max: MOST_IDS } },
    ]);
  return {
    ids: ids && [...ids],
    filter: filterInput.parse({ ...filter, search: filter?.search ?? undefined }),
    create: ticks.create ?? true,
    update: ticks.update ?? false,
    remove: ticks.remove ?? false,
    wholeRows: ticks.wholeRows ?? false,
    choices: choices ? [...choices] : [],
  };
}
