import { v7 as uuidv7 } from 'uuid';
import { FiberkeepError, type FieldError } from '#errors';
import type { ExchangeKind } from '#plant/exchange/columns.ts';
import { type GroupMatch, groupName, type Matching } from '#plant/exchange/matching.ts';
import type { Feature } from '#plant/exchange/read/feature.ts';
import { readRow } from '#plant/exchange/read-row.ts';
import { isId } from '#plant/fields.ts';
import { readElement } from '../network/element-fields.ts';

/** A feature as it was read, with its number. */
export interface KeptFeature extends Feature {
  readonly n: number;
}

/** A row of a file as an element of the plant, before anybody knows whether it is there. */
export interface ImportRow {
  readonly n: number;
  readonly place: number;
  readonly kind: ExchangeKind;
  readonly name: string;
  /** Its id if it is new. */
  readonly id: string;
  readonly givenId: string | null;
  readonly externalId: string | null;
  readonly lat: number | null;
  readonly lng: number | null;
  /** By the columns of its table. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Values of a new element, by the columns of its table. */
  readonly fallback: Readonly<Record<string, unknown>>;
  /** What it refers to, as the file calls it, by the columns of its table. */
  readonly references: Readonly<Record<string, string>>;
  readonly tags: readonly string[] | null;
  readonly faults: readonly FieldError[];
}

/** The features as rows, as `matching` says. Those of groups that are left out are left out. */
export async function* readRows(
  features: AsyncIterable<KeptFeature>,
  matching: Matching,
): AsyncIterable<ImportRow> {
  const groups = new Map(matching.groups.map((group) => [groupKey(group), group]));
  for await (const feature of features) {
    const name = groupName(feature.group, feature.values, matching.kindColumn);
    const group = groups.get(groupKey({ name, shape: feature.shape?.kind ?? 'NONE' }));
    if (group?.kind) yield rowOf(feature, { ...group, kind: group.kind }, matching);
  }
}

const groupKey = ({ name, shape }: Pick<GroupMatch, 'name' | 'shape'>) => `${shape} ${name}`;

function rowOf(
  feature: KeptFeature,
  group: GroupMatch & { readonly kind: ExchangeKind },
  matching: Matching,
): ImportRow {
  const { kind } = group;
  const read = readRow(feature, kind, matching, group);
  const { values, faults } = checked(kind, read.input);
  const { name, externalId, lat, lng } = values;
  const givenId = read.id !== null && isId(read.id) ? read.id.toLowerCase() : null;
  return {
    ...{ n: feature.n, place: feature.place, kind, givenId },
    id: givenId ?? uuidv7(),
    name: String(name ?? read.input.name ?? '').slice(0, 500),
    externalId: typeof externalId === 'string' ? externalId : null,
    lat: typeof lat === 'number' ? lat : null,
    lng: typeof lng === 'number' ? lng : null,
    values: asColumns(values),
    fallback: read.type === null ? {} : { type: read.type },
    references: Object.fromEntries(
      Object.entries(read.references).map(([field, text]) => [`${columnOf(field)}_id`, text]),
    ),
    tags: read.tags,
    faults: [...read.faults, ...faults],
  };
}

/** The values that the API takes, and what is wrong with the others. */
function checked(
  kind: ExchangeKind,
  input: Readonly<Record<string, unknown>>,
): { values: Record<string, unknown>; faults: readonly FieldError[] } {
  try {
    return { values: { ...readElement(kind, 'forUpdate', input) }, faults: [] };
  } catch (thrown) {
    if (!(thrown instanceof FiberkeepError) || thrown.fields.length === 0) throw thrown;
    return { values: {}, faults: thrown.fields };
  }
}

function asColumns(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([field, value]) => [columnOf(field), value]),
  );
}

/** The column of a field: `fiberCount` is `fiber_count`. */
const columnOf = (field: string) =>
  field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
