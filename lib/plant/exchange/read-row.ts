import type { FieldError } from '#errors';
import { splitTags } from './cell-text.ts';
import { guessKind, readWord } from './column-words.ts';
import { type ExchangeColumn, type ExchangeKind, exchangeColumns } from './columns.ts';
import type { Matching } from './matching.ts';
import { parseNumber, parsePair } from './parse-value.ts';
import type { Feature, Position } from './read/feature.ts';
import { shapeOfWkt } from './wkt.ts';

/** A feature in the words of the API, before anybody knows which element it is. */
export interface RowRead {
  /** As `exchangeColumns` names them; without id, references and tags. Empty texts are left out. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly id: string | null;
  /** Names of other elements, by the reference's column. */
  readonly references: Readonly<Record<string, string>>;
  readonly tags: readonly string[] | null;
  /** The type of a new element whose row does not say. */
  readonly type: string | null;
  readonly faults: readonly FieldError[];
}

/** Reads a feature as an element of `kind`. What it cannot read is in `faults`. */
export function readRow(
  { values, shape }: Pick<Feature, 'values' | 'shape'>,
  kind: ExchangeKind,
  { columns, swapped }: Matching,
  group: { readonly type: string | null; readonly project: string | null },
): RowRead {
  const reading = new Reading(kind);
  for (const [column, text] of Object.entries(values)) {
    const field = columns[column];
    if (field !== undefined && text !== '') reading.read(field, text);
  }
  if (shape?.kind === 'POINT') reading.place(shape.at);
  if (shape?.kind === 'LINE') reading.path(shape.path);
  if (swapped) reading.swap();
  return reading.end(group);
}

class Reading {
  readonly #columns: ReadonlyMap<string, ExchangeColumn>;
  readonly #kind: ExchangeKind;
  readonly #input: Record<string, unknown> = {};
  readonly #references: Record<string, string> = {};
  readonly #faults: FieldError[] = [];
  #id: string | null = null;
  #tags: string[] | null = null;

  constructor(kind: ExchangeKind) {
    this.#kind = kind;
    this.#columns = columnsOf[kind];
  }

  read(field: string, text: string): void {
    const column = this.#columns.get(field);
    if (field === '@pair') this.#pair(text);
    else if (!column) return;
    else if (field === 'id') this.#id = text;
    else if (column.type === 'reference') this.#references[field] = text;
    else if (column.type === 'tags') this.#tags = splitTags(text);
    else if (column.type === 'number') this.#number(field, text);
    else if (column.type === 'word') this.#word(column, text);
    else if (column.type === 'path') this.#pathText(text);
    else if (field === 'type' && isKindAlone(text, this.#kind)) return;
    else this.#input[field] = text;
  }

  place([lng, lat]: Position): void {
    if (!this.#columns.has('lat')) return;
    this.#input.lat = lat;
    this.#input.lng = lng;
  }

  path(path: readonly Position[]): void {
    if (this.#columns.has('path')) this.#input.path = path;
  }

  swap(): void {
    const { lat, lng, path } = this.#input;
    if (lat !== undefined) this.#input.lng = lat;
    if (lng !== undefined) this.#input.lat = lng;
    if (path) this.#input.path = (path as Position[]).map(([first, second]) => [second, first]);
  }

  end({ type, project }: { readonly type: string | null; readonly project: string | null }) {
    const references =
      project !== null && this.#columns.has('project')
        ? { project, ...this.#references }
        : this.#references;
    return {
      input: this.#input,
      id: this.#id,
      references,
      tags: this.#tags,
      type: this.#typeOfNew(type),
      faults: this.#faults,
    };
  }

  /** What the group says, else what its name says: `CTO-017`. */
  #typeOfNew(ofGroup: string | null): string | null {
    const words = this.#columns.get('type')?.words;
    if (!words || this.#input.type !== undefined) return null;
    if (ofGroup !== null && ofGroup in words) return ofGroup;
    const guess = guessKind(String(this.#input.name ?? ''));
    return guess?.kind === this.#kind ? guess.type : null;
  }

  #pair(text: string): void {
    const pair = parsePair(text);
    if (pair) this.place([pair[1], pair[0]]);
    else this.#faults.push({ path: 'lat', reason: 'notAPosition' });
  }

  #number(field: string, text: string): void {
    const value = parseNumber(text);
    if (value === null) this.#faults.push({ path: field, reason: 'notANumber' });
    else this.#input[field] = value;
  }

  #word({ name, words = {} }: ExchangeColumn, text: string): void {
    const guess = name === 'type' ? guessKind(text) : null;
    const word = readWord(words, text) ?? (guess?.kind === this.#kind ? guess.type : null);
    if (word !== null) this.#input[name] = word;
    // `Cable` in a column of types says no more than the kind does.
    else if (guess === null)
      this.#faults.push({
        path: name,
        reason: 'notOneOf',
        params: { words: Object.keys(words).join(', ') },
      });
  }

  #pathText(text: string): void {
    const shape = shapeOfWkt(text);
    try {
      if (shape?.kind === 'LINE') this.path(shape.path);
      else this.#input.path = JSON.parse(text);
    } catch {
      this.#faults.push({ path: 'path', reason: 'notAPosition' });
    }
  }
}

/** `Poste` as the type of a pole says nothing. */
const isKindAlone = (text: string, kind: ExchangeKind) =>
  !/\s/.test(text.trim()) && guessKind(text)?.kind === kind;

const columnsOf = Object.fromEntries(
  Object.entries(exchangeColumns).map(([kind, columns]) => [
    kind,
    new Map(columns.map((column) => [column.name, column])),
  ]),
) as unknown as Record<ExchangeKind, ReadonlyMap<string, ExchangeColumn>>;
