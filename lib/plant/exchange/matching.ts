import { guessKind, type KindGuess, readWord, titleMeaning } from './column-words.ts';
import { type ExchangeKind, exchangeColumns, exchangeKinds } from './columns.ts';
import { GROUP_SEPARATOR } from './read/feature.ts';

export type ShapeKind = 'POINT' | 'LINE' | 'NONE';

/** One column of a file, with some of its values. */
export interface FileColumn {
  readonly name: string;
  readonly samples: readonly string[];
}

/** Features of one folder, sheet, layer or kind that have the same kind of shape. */
export interface FileGroup {
  readonly name: string;
  readonly shape: ShapeKind;
  readonly count: number;
  /** Names of some of them. */
  readonly samples: readonly string[];
}

/** What a file is made of. */
export interface FileShape {
  readonly columns: readonly FileColumn[];
  readonly groups: readonly FileGroup[];
  /** About where its elements are, in degrees as they stand in the file; null where nobody can tell. */
  readonly middle: { readonly lat: number; readonly lng: number } | null;
}

/** What the features of a group are. `kind` null: they are left out. */
export interface GroupMatch {
  readonly name: string;
  readonly shape: ShapeKind;
  readonly kind: ExchangeKind | null;
  /** Of new boxes and cables whose row does not say. */
  readonly type: string | null;
  /** The name of their project, where the row does not say. */
  readonly project: string | null;
}

/** Which part of a file is what. */
export interface Matching {
  /** The column whose values tell elements of different kinds apart. */
  readonly kindColumn: string | null;
  /** The field of each column; columns that are not named are left out. */
  readonly columns: Readonly<Record<string, string>>;
  readonly groups: readonly GroupMatch[];
  /** Latitude and longitude stand in each other's place. */
  readonly swapped: boolean;
}

/** What a column may be: every field of `exchangeColumns`, and both coordinates in one. */
export const matchableFields: readonly string[] = [
  ...new Set(exchangeKinds.flatMap((kind) => exchangeColumns[kind].map(({ name }) => name))),
  '@pair',
];

/** The column whose values name kinds; null without one. */
export function suggestKindColumn(columns: readonly FileColumn[]): string | null {
  const named = columns.find(({ name }) => titleMeaning(name) === '@kind');
  if (named) return named.name;
  const typed = typeColumn(columns);
  const areKinds = typed?.samples.every((text) => guessKind(text)) ?? false;
  return areKinds && kindOfTypes(columns) === null ? (typed?.name ?? null) : null;
}

const typeColumn = (columns: readonly FileColumn[]) =>
  columns.find(({ name, samples }) => titleMeaning(name) === 'type' && samples.length > 0);

/** The kind whose types a column has, such as `Backbone` and `Distribution`; null without one, or where two have them. */
function kindOfTypes(columns: readonly FileColumn[]): ExchangeKind | null {
  const typed = typeColumn(columns);
  if (!typed) return null;
  const has = (kind: ExchangeKind) => {
    const words = exchangeColumns[kind].find(({ name }) => name === 'type')?.words;
    return words !== undefined && typed.samples.every((text) => readWord(words, text) !== null);
  };
  const kinds = exchangeKinds.filter(has);
  if (kinds.length < 2) return kinds[0] ?? null;
  const told = guessByFields(Object.values(suggestColumns(columns)), 'NONE')?.kind;
  return kinds.find((kind) => kind === told) ?? null;
}

/** What a person told when they chose the file. */
export interface Told {
  readonly kind: ExchangeKind | null;
  readonly project: string | null;
}

/**
 * The matching that fits names of columns, folders and elements. `near`: whether a place is near the network of now;
 * null where there is none.
 */
export function suggestMatching(
  { columns, groups, middle }: FileShape,
  kindColumn: string | null,
  fileName: string,
  near: ((lat: number, lng: number) => boolean) | null,
): Matching {
  const fields = suggestColumns(columns);
  return {
    kindColumn,
    columns: fields,
    groups: groups.map((group) => suggestGroup(group, { columns, fields, fileName })),
    swapped: middle !== null && looksSwapped(middle, near),
  };
}

/** `matching` with what the person said from the start, which holds whatever the file says. */
export function withTold(matching: Matching, { kind, project }: Told): Matching {
  const columns = Object.entries(matching.columns).filter(
    ([, field]) => project === null || field !== 'project',
  );
  return {
    ...matching,
    columns: Object.fromEntries(columns),
    groups: matching.groups.map((group) => ({
      ...group,
      ...(kind !== null && { kind, type: group.kind === kind ? group.type : null }),
      ...(project !== null && { project }),
    })),
  };
}

/** Each field once: the first column that means it. */
function suggestColumns(columns: readonly FileColumn[]): Record<string, string> {
  const taken = new Set<string>();
  const fields: Record<string, string> = {};
  for (const { name } of columns) {
    const meaning = titleMeaning(name);
    if (meaning === null || taken.has(meaning) || !matchableFields.includes(meaning)) continue;
    taken.add(meaning);
    fields[name] = meaning;
  }
  return fields;
}

function suggestGroup(
  { name, shape, samples }: FileGroup,
  file: {
    readonly columns: readonly FileColumn[];
    readonly fields: Readonly<Record<string, string>>;
    readonly fileName: string;
  },
): GroupMatch {
  const parts = name === '' ? [] : name.split(GROUP_SEPARATOR);
  const texts = [...parts.toReversed(), ...samples, file.fileName];
  const guess = texts.map(guessKind).find((found) => found && fitsShape(found, shape));
  const found = guess ?? guessByFields(Object.values(file.fields), shape) ?? typed(file.columns);
  const fits = found !== null && fitsShape(found, shape);
  const project = parts.find((part) => guessKind(part) === null) ?? null;
  return {
    ...{ name, shape, project },
    kind: fits ? found.kind : null,
    type: fits ? found.type : null,
  };
}

function typed(columns: readonly FileColumn[]): KindGuess | null {
  const kind = kindOfTypes(columns);
  return kind && { kind, type: null };
}

function fitsShape({ kind }: KindGuess, shape: ShapeKind): boolean {
  if (shape === 'LINE') return kind === 'cable';
  return shape === 'NONE' || (kind !== 'cable' && kind !== 'project');
}

/** Fields that only one kind has. */
const telling: readonly (readonly [field: string, kind: ExchangeKind])[] = [
  ['path', 'cable'],
  ['fiberCount', 'cable'],
  ['fromBox', 'cable'],
  ['onuSerial', 'client'],
  ['plan', 'client'],
  ['port', 'client'],
  ['ports', 'box'],
  ['level', 'box'],
  ['licensingStatus', 'pole'],
  ['licensingProtocol', 'pole'],
];

function guessByFields(fields: readonly string[], shape: ShapeKind): KindGuess | null {
  if (shape === 'LINE') return { kind: 'cable', type: null };
  const kind = telling.find(([field]) => fields.includes(field))?.[1];
  return kind && fitsShape({ kind, type: null }, shape) ? { kind, type: null } : null;
}

function looksSwapped(
  { lat, lng }: { readonly lat: number; readonly lng: number },
  near: ((lat: number, lng: number) => boolean) | null,
): boolean {
  if (Math.abs(lat) > 90) return Math.abs(lng) <= 90;
  return near?.(lng, lat) === true && !near(lat, lng);
}

/** The group of a feature, with the value of the column that tells kinds apart. */
export function groupName(
  group: string,
  values: Readonly<Record<string, string>>,
  kindColumn: string | null,
): string {
  const kind = kindColumn === null ? '' : (values[kindColumn] ?? '');
  return [group, kind].filter((part) => part !== '').join(GROUP_SEPARATOR);
}
