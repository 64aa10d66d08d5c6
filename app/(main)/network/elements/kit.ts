import type { DocumentInput } from 'urql';
import type { Choice } from '#app/components/ui/combobox.tsx';
import type { AuthorPartsFragment, TagPartsFragment } from '#generated/graphql/client/graphql.ts';

/** The fields that every element of the network has. */
export interface ElementRow {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly TagPartsFragment[];
  readonly postCount: number;
  readonly updatedAt: string;
  readonly updatedBy?: AuthorPartsFragment | null;
}

/** The state of an element's form: typed texts, chosen elements and tags. */
export interface ElementValues {
  readonly text: Readonly<Record<string, string>>;
  readonly refs: Readonly<Record<string, Choice | null>>;
  readonly tagIds: readonly string[];
}

export type RefKind = 'project' | 'pole' | 'box';

/** One field of the form. Its label is the text `fields.<name>` of the catalogue. */
export type FieldSpec =
  | { type: 'text' | 'area'; name: string; required?: boolean; half?: boolean }
  | {
      type: 'number';
      name: string;
      min?: number;
      max?: number;
      step?: number | 'any';
      required?: boolean;
      half?: boolean;
    }
  | {
      type: 'select';
      name: string;
      /** The group of the catalogue's `options` that names each value. */
      group: OptionGroup;
      values: readonly string[];
      half?: boolean;
    }
  | { type: 'ref'; name: string; to: RefKind; half?: boolean };

export type OptionGroup = 'licensing' | 'deployment' | 'boxType' | 'cableType' | 'clientStatus';

export type ElementKind = 'PROJECT' | 'POLE' | 'BOX' | 'CABLE' | 'CLIENT';

/** What the shared list and form need to know about one kind of element. */
export interface ElementKit<Row extends ElementRow, CreateInput, UpdateInput> {
  readonly kind: ElementKind;
  readonly fields: readonly FieldSpec[];
  /** Values of the form for an element, or for a new one. */
  values(row: Row | null): ElementValues;
  createInput(values: ElementValues): CreateInput;
  updateInput(values: ElementValues): UpdateInput;
  readonly create: DocumentInput<unknown, { input: CreateInput }>;
  readonly update: DocumentInput<unknown, { id: string; input: UpdateInput }>;
  readonly remove: DocumentInput<unknown, { id: string }>;
}

/** A typed number as the API expects it; null if empty. */
export function numberOf(values: ElementValues, name: string): number | null {
  const typed = values.text[name]?.trim() ?? '';
  return typed === '' ? null : Number(typed);
}

export function textOf(values: ElementValues, name: string): string {
  return values.text[name] ?? '';
}

export function refOf(values: ElementValues, name: string): string | null {
  return values.refs[name]?.id ?? null;
}

/** Returns the chosen value of a select, which only offers values of the type. */
export function optionOf<Option extends string>(values: ElementValues, name: string): Option {
  return textOf(values, name) as Option;
}
