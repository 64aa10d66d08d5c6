import type { ComparedTable } from '#engine/compare/compare.ts';
import {
  decodeCursor,
  encodeCursor,
  invalidCursor,
  type Page,
  pageOf,
  pageSize,
  searchText,
} from '../page.ts';
import type { Server } from '../server.ts';
import {
  type ChangedPlace,
  type ChangeFilter,
  type ChangeRow,
  countChanges,
  fileOfScratch,
  namesOfRows,
  pageOfChanges,
  placesOfChanges,
  type ReturningAccount,
  removedAccounts,
  removedRoles,
  type Scratch,
  type Tally,
  tallies,
} from './change-rows.ts';
import { type Compare, comparedTables, findCompareRow, touchCompare } from './compare-rows.ts';
import { accountTables, unlistedTables } from './network-words.ts';
import { type ComparePermit, seesAccounts } from './permit-compare.ts';
import { type ShownChange, showChanges } from './shown-changes.ts';

const MOST_PLACES = 5_000;

/** What people narrow a list to. */
export type ChangeFilterInput = Omit<ChangeFilter, 'hidden' | 'search'> & {
  readonly search?: string | null;
};

/** Null where there is none, or it was dropped. Whoever looks keeps it. */
export async function findCompare(
  server: Server,
  _permit: ComparePermit,
  id: string,
): Promise<Compare | null> {
  const compare = await findCompareRow(server.vault, id);
  if (compare) await touchCompare(server.vault, compare);
  return compare;
}

/** Null until READY. */
export function scratchOf(compare: Compare): Scratch | null {
  if (compare.status !== 'READY') return null;
  return { schema: compare.scratchSchema, tables: comparedTables(compare) };
}

function hiddenFrom(permit: ComparePermit): string[] {
  return seesAccounts(permit) ? [] : [...accountTables];
}

/** The tables that differ, with their counts, those without a key too. Null until READY. */
export function totalsOf(permit: ComparePermit, compare: Compare): ComparedTable[] | null {
  if (!scratchOf(compare)) return null;
  const hidden = new Set([...hiddenFrom(permit), ...unlistedTables]);
  return comparedTables(compare).filter(({ name, counts }) => {
    const { added, changed, removed } = counts;
    return !hidden.has(name) && added + changed + removed > 0;
  });
}

/** The projects that have changes, with their names; null until READY. */
export async function projectTotals(server: Server, permit: ComparePermit, compare: Compare) {
  return namedTallies(server, permit, compare, 'project');
}

/** Who made the changes, as far as it is known, with their days; null until READY. */
export async function peopleTotals(server: Server, permit: ComparePermit, compare: Compare) {
  const people = await namedTallies(server, permit, compare, 'person');
  const days = await talliesOf(server, permit, compare, 'person', true);
  return (
    people?.map((person) => ({
      ...person,
      days: (days ?? []).flatMap(({ of, day, ...counts }) =>
        of === person.id && day !== null ? [{ day, ...counts }] : [],
      ),
    })) ?? null
  );
}

async function namedTallies(
  server: Server,
  permit: ComparePermit,
  compare: Compare,
  by: 'project' | 'person',
) {
  const scratch = scratchOf(compare);
  const found = await talliesOf(server, permit, compare, by);
  if (!scratch || !found) return null;
  const ids = found.flatMap(({ of }) => of ?? []);
  const table = by === 'project' ? 'project' : 'user_account';
  const names = await namesOfRows(server, scratch, { table, side: 'after', ids });
  return found.map(({ of, added, changed, removed }) => {
    return { id: of, name: (of && names.get(of)) ?? null, added, changed, removed };
  });
}

/** Null until READY. */
async function talliesOf(
  server: Server,
  permit: ComparePermit,
  compare: Compare,
  by: 'project' | 'person',
  byDay = false,
): Promise<Tally[] | null> {
  const scratch = scratchOf(compare);
  return scratch && tallies(server, scratch, { by, byDay, hidden: hiddenFrom(permit) });
}

/** The changes in the order of the list, newest first; null until READY. Throws VALIDATION_FAILED. */
export async function listChanges(
  server: Server,
  permit: ComparePermit,
  compare: Compare,
  request: { first?: number | null; after?: string | null; filter?: ChangeFilterInput | null },
): Promise<Page<ShownChange> | null> {
  const scratch = scratchOf(compare);
  if (!scratch) return null;
  const size = pageSize(request.first, 50);
  const filter = filterOf(permit, request.filter);
  const after = placeAfter(request.after);
  const [rows, totalCount] = await Promise.all([
    pageOfChanges(server, scratch, { filter, after, take: size + 1 }),
    countChanges(server, scratch, filter),
  ]);
  const page = pageOf(rows, size, totalCount);
  return { ...page, items: await showChanges(server, scratch, page.items) };
}

export function changeCursor({ n }: Pick<ChangeRow, 'n'>): string {
  return encodeCursor(String(n));
}

/** Where the changes are, at most 5,000 places; null until READY. */
export async function listPlaces(
  server: Server,
  permit: ComparePermit,
  compare: Compare,
  filter: ChangeFilterInput | null | undefined,
): Promise<ChangedPlace[] | null> {
  const scratch = scratchOf(compare);
  return scratch && placesOfChanges(server, scratch, filterOf(permit, filter), MOST_PLACES);
}

function placeAfter(after: string | null | undefined): number {
  const [n = '0'] = decodeCursor(after, 1) ?? [];
  if (!/^\d{1,15}$/.test(n)) throw invalidCursor();
  return Number(n);
}

/** The filter as it is asked of SQL, without what the caller may not see. */
export function filterOf(
  permit: ComparePermit,
  input: ChangeFilterInput | null | undefined,
): ChangeFilter {
  return { ...input, search: searchText(input?.search), hidden: hiddenFrom(permit) };
}

/** A file of a post that differs, also where the network of now lacks it. Null where the compare has none, or is gone. */
export async function fileOfCompare(
  server: Server,
  permit: ComparePermit,
  compareId: string,
  id: string,
) {
  const compare = await findCompare(server, permit, compareId);
  const scratch = compare && scratchOf(compare);
  return scratch && fileOfScratch(server, scratch, id);
}

/** Accounts that only the earlier side has. Null until READY, and for who does not manage users. */
export async function returningAccounts(
  server: Server,
  permit: ComparePermit,
  compare: Compare,
): Promise<ReturningAccount[] | null> {
  const scratch = scratchOf(compare);
  return scratch && seesAccounts(permit) ? removedAccounts(server, scratch) : null;
}

/** As `returningAccounts`, of roles. */
export async function returningRoles(
  server: Server,
  permit: ComparePermit,
  compare: Compare,
): Promise<{ id: string; name: string }[] | null> {
  const scratch = scratchOf(compare);
  return scratch && seesAccounts(permit) ? removedRoles(server, scratch) : null;
}
