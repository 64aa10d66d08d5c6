import { z } from 'zod';
import {
  idField,
  latField,
  lengthField,
  lineField,
  lngField,
  MOST_NAME,
  nameField,
  pathField,
  readInput,
  tagIdsField,
  textField,
  wholeField,
  wordField,
} from '#plant/fields.ts';
import type { ElementKind, ElementValues } from './element-rows.ts';

/** The id in another system. Empty counts as none. */
const externalId = lineField(MOST_NAME)
  .transform((id) => (id === '' ? null : id))
  .nullable();

/** Of a box, and the highest number of a client's port. */
const MOST_PORTS = 256;

const deploymentStatus = wordField(['PLANNED', 'DEPLOYED', 'CERTIFIED', 'REMOVED']);

/** What clients send for an element of each kind. */
const elementFields = {
  project: inputs(
    { name: nameField(), description: textField(), externalId, tagIds: tagIdsField },
    ['name'],
  ),
  pole: inputs(
    {
      name: nameField(),
      projectId: idField.nullable(),
      lat: latField,
      lng: lngField,
      type: lineField(),
      address: lineField(),
      licensingStatus: wordField(['UNKNOWN', 'PENDING', 'LICENSED', 'REFUSED']),
      licensingProtocol: lineField(),
      observation: textField(),
      externalId,
      tagIds: tagIdsField,
    },
    ['name', 'lat', 'lng'],
  ),
  box: inputs(
    {
      name: nameField(),
      projectId: idField.nullable(),
      poleId: idField.nullable(),
      lat: latField,
      lng: lngField,
      level: wholeField(1, 9),
      type: wordField(['SPLICE', 'TERMINATION', 'DISTRIBUTION']),
      template: lineField(),
      deploymentStatus,
      code: lineField(),
      ports: wholeField(0, MOST_PORTS).nullable(),
      observation: textField(),
      externalId,
      tagIds: tagIdsField,
    },
    ['name', 'lat', 'lng'],
  ),
  cable: inputs(
    {
      name: nameField(),
      projectId: idField.nullable(),
      fromBoxId: idField.nullable(),
      toBoxId: idField.nullable(),
      type: wordField(['BACKBONE', 'DISTRIBUTION', 'DROP']),
      fiberCount: wholeField(1, 3456),
      lengthMeters: lengthField,
      path: pathField,
      deploymentStatus,
      template: lineField(),
      tubeCount: wholeField(1, 288),
      observation: textField(),
      externalId,
      tagIds: tagIdsField,
    },
    ['name'],
  ),
  client: inputs(
    {
      name: nameField(),
      projectId: idField.nullable(),
      boxId: idField.nullable(),
      lat: latField,
      lng: lngField,
      address: lineField(),
      plan: lineField(),
      port: wholeField(1, MOST_PORTS).nullable(),
      status: wordField(['PROSPECT', 'PLANNED', 'ACTIVE', 'SUSPENDED', 'CANCELLED']),
      code: lineField(),
      onuSerial: lineField(),
      dropId: idField.nullable(),
      observation: textField(),
      externalId,
      tagIds: tagIdsField,
    },
    ['name', 'lat', 'lng'],
  ),
} satisfies { [K in ElementKind]: Inputs<K> };

/** Lets the compiler see that what the fields read is what the rows take. */
interface Inputs<K extends ElementKind> {
  readonly forCreate: z.ZodType<ElementValues[K] & Tagged>;
  readonly forUpdate: z.ZodType<Partial<ElementValues[K]> & Tagged>;
}

interface Tagged {
  readonly tagIds?: readonly string[];
}

/** `required`: the fields that a new element must have. Errors come in the order of `shape`. */
function inputs<S extends z.ZodRawShape, R extends keyof S>(shape: S, required: readonly R[]) {
  const forUpdate = z.object(shape).partial();
  const needed = Object.fromEntries(required.map((name) => [name, shape[name]])) as Pick<S, R>;
  return { forCreate: forUpdate.extend(needed), forUpdate };
}

/** What an element may refer to, by the input's own field, and its tags. */
export interface References {
  readonly projectId?: string | null;
  readonly poleId?: string | null;
  readonly boxId?: string | null;
  readonly dropId?: string | null;
  readonly fromBoxId?: string | null;
  readonly toBoxId?: string | null;
  readonly tagIds?: readonly string[];
}

/** The fields of a new element, or those to change. Throws VALIDATION_FAILED naming every wrong one. */
export function readElement(
  kind: ElementKind,
  form: 'forCreate' | 'forUpdate',
  input: object,
): References {
  const schema: z.ZodObject & z.ZodType<References> = elementFields[kind][form];
  return readInput(schema, input);
}
