import { unguardCell } from '../cell-text.ts';
import { titleMeaning } from '../column-words.ts';
import { shapeOfWkt } from '../wkt.ts';
import { type Feature, MOST_COLUMNS, MOST_VALUE, tooManyColumns } from './feature.ts';

/** The columns of a table. */
export interface Header {
  readonly names: readonly string[];
  /** Which of them has shapes as text; -1: none. */
  readonly wkt: number;
}

const MOST_TITLE = 200;

/** The header by its first row. Columns without a name are named after their letter; doubled names get a number. */
export function headerOf(titles: readonly string[]): Header {
  if (titles.length > MOST_COLUMNS) throw tooManyColumns();
  const names = uniqueNames(titles);
  return { names, wkt: names.findIndex((name) => titleMeaning(name) === '@wkt') };
}

function uniqueNames(titles: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return titles.map((title, at) => {
    const name = title.trim().slice(0, MOST_TITLE) || letterOf(at);
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    return before === 0 ? name : `${name} (${before + 1})`;
  });
}

/** As a spreadsheet calls it: A … Z, AA … */
function letterOf(at: number): string {
  const last = String.fromCharCode(65 + (at % 26));
  return at < 26 ? last : letterOf(Math.floor(at / 26) - 1) + last;
}

/** One row; null where it is empty. `sheet`: of which it is one. */
export function featureOfRow(
  { names, wkt }: Header,
  cells: readonly string[],
  sheet: string,
  place: number,
): Feature | null {
  const values: Record<string, string> = {};
  names.forEach((name, at) => {
    const text = at === wkt ? '' : cellText(cells[at] ?? '');
    if (text !== '') values[name] = text;
  });
  const shape = wkt < 0 ? null : shapeOfWkt(cells[wkt] ?? '');
  if (Object.keys(values).length === 0 && !shape) return null;
  return { group: sheet, place, values, shape };
}

export function cellText(cell: string): string {
  return unguardCell(cell).trim().slice(0, MOST_VALUE);
}
