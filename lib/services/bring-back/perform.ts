import {
  type BringBackRequest,
  type BroughtBack,
  bringBack,
} from '#engine/bring-back/bring-back.ts';
import { MOST_CONFLICTS } from '#engine/bring-back/conflicts.ts';
import type { Sql } from '#engine/bring-back/sql.ts';
import type { Author } from '#engine/ports.ts';
import { FiberkeepError } from '#errors';
import { chosenChanges } from '../compare/change-rows.ts';
import type { Compare } from '../compare/compare-rows.ts';
import { comparedTables } from '../compare/compare-rows.ts';
import { accountTables } from '../compare/network-words.ts';
import { searchText } from '../page.ts';
import type { Wanted } from './bring-back-input.ts';
import { changesOfChangeSet, sidesOfChangeSet } from './item-rows.ts';

/** Access never comes back this way. */
const never = accountTables;
/** Contents go with the last file of a post that names them. */
const fading: ReadonlySet<string> = new Set(['stored_file']);
/** A port of a box has one client: see `findPortFaults`. */
const rules: BringBackRequest['rules'] = [
  {
    table: 'client',
    expressions: ['box_id', 'port'],
    columns: ['port'],
    nullable: ['port'],
    textColumn: null,
    together: ['box_id', 'port'],
    identifies: false,
  },
];

/** Brings chosen changes of a compare back, in the transaction of `sql`. Throws TOO_MANY conflicts. */
export async function bringBackChanges(
  sql: Sql,
  compare: Compare,
  wanted: Wanted,
  by: Pick<Author, 'id'>,
): Promise<BroughtBack> {
  const filter = { ...wanted.filter, search: searchText(wanted.filter.search), hidden: [...never] };
  return perform(sql, {
    scratch: compare.scratchSchema,
    differing: comparedTables(compare).map(({ name }) => name),
    chosen: chosenChanges({ schema: compare.scratchSchema }, filter, wanted.ids),
    ...wanted,
    stamps: stampsOf(by),
  });
}

/** Undoes what a change set did, in the transaction of `sql`. */
export async function bringBackChangeSet(
  sql: Sql,
  changeSetId: string,
  by: Pick<Author, 'id'>,
): Promise<BroughtBack> {
  return perform(sql, {
    scratch: 'pg_temp',
    differing: await sidesOfChangeSet(sql, changeSetId),
    chosen: changesOfChangeSet(changeSetId),
    ...{ create: true, update: true, remove: true, wholeRows: false },
    choices: [],
    stamps: stampsOf(by),
  });
}

function stampsOf({ id }: Pick<Author, 'id'>): BringBackRequest['stamps'] {
  return { updated_at: new Date().toISOString(), updated_by: id };
}

async function perform(
  sql: Sql,
  request: Omit<BringBackRequest, 'plant' | 'never' | 'fading' | 'rules'>,
): Promise<BroughtBack> {
  const done = await bringBack(sql, { plant: 'plant', never, fading, rules, ...request });
  if (done.conflicts.length > MOST_CONFLICTS)
    throw new FiberkeepError('TOO_MANY', {
      reason: 'tooManyConflicts',
      params: { max: MOST_CONFLICTS },
    });
  return done;
}
