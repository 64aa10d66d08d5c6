import type { DocumentInput } from 'urql';
import type { Choice } from '#app/components/ui/combobox.tsx';
import type { AuthorPartsFragment, TagPartsFragment } from '#generated/graphql/client/graphql.ts';
import { readDegrees, readPlace } from './place-text.ts';

/** The fields that every element of the network has. */
export interface ElementRow {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly TagPartsFragment[];
  readonly postCount: number;
  readonly updatedAt: string;
  readonly updatedBy?: AuthorPartsFragment | null;
}

/** What the page of an element shows beside the list's fields. */
export interface MadeRow {
  readonly createdAt: string;
  readonly createdBy?: AuthorPartsFragment | null;
}

/** The state of an element's form: typed texts, chosen elements and tags. */
export interface ElementValues {
  readonly text: Readonly<Record<string, string>>;
  readonly refs: Readonly<Record<string, Choice | null>>;
  readonly tagIds: readonly string[];
}

export type RefKind = 'project' | 'pole' | 'box' | 'cable';

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
  | {
      /** One of a pair of coordinates: a pair that is pasted fills both. */
      type: 'degrees';
      name: 'lat' | 'lng';
      example: string;
      half: true;
    }
  | {
      /** A port of the box that another field names. */
      type: 'port';
      name: string;
      box: string;
      max: number;
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

/** No coordinate: the server refuses it and names the field. */
const NOWHERE = 1000;

/** A coordinate as the API expects it, in degrees. */
export function degreesOf(values: ElementValues, name: 'lat' | 'lng'): number {
  const typed = textOf(values, name);
  return readPlace(typed)?.[name] ?? readDegrees(typed) ?? NOWHERE;
}

export function textOf(values: ElementValues, name: string): string {
  return values.text[name] ?? '';
}

export function refOf(values: ElementValues, name: string): string | null {
  return values.refs[name]?.id ?? null;
}

/** A typed text; null if empty. */
export function textOrNull(values: ElementValues, name: string): string | null {
  return textOf(values, name).trim() || null;
}

/** Returns the chosen value of a select, which only offers values of the type. */
export function optionOf<Option extends string>(values: ElementValues, name: string): Option {
  return textOf(values, name) as Option;
}
