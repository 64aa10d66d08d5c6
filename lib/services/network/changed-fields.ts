import type { PlantTransaction } from '#plant/client.ts';
import { type ElementKind, findElements } from './element-rows.ts';

/** One field of an element as somebody changed it. */
export type FieldChange = {
  /** As the API's input has it: `lat`, `projectId`, `tagIds`. */
  readonly name: string;
  readonly before: FieldValue;
  readonly after: FieldValue;
};

/** Of a reference and of tags: the names of then, since the rows may go. Of a path: how many points it has. */
export type FieldValue = string | number | null | readonly string[];

/** The audit log keeps so many characters of a text, and so many tags: enough to know what it was. */
const MOST_CHARACTERS = 300;
const MOST_TAGS = 20;

/** What an element may refer to, by its own field. */
export const referredKinds = {
  projectId: 'project',
  poleId: 'pole',
  boxId: 'box',
  dropId: 'cable',
  fromBoxId: 'box',
  toBoxId: 'box',
} as const satisfies Record<string, ElementKind>;

export interface Version {
  readonly row: object;
  /** Names of its tags, in order. */
  readonly tags: readonly string[];
}

/** Fields of no interest: who and when stand in the audit entry itself. */
const UNSAID = new Set(['id', 'createdAt', 'createdById', 'updatedAt', 'updatedById']);

/** What differs between two versions of an element, in the order of its columns. */
export async function changedFields(
  tx: PlantTransaction,
  before: Version,
  after: Version,
): Promise<FieldChange[]> {
  const [old, now] = [before.row, after.row] as Record<string, unknown>[];
  const changes: FieldChange[] = [];
  for (const name of Object.keys(now ?? {})) {
    const [from, to] = [old?.[name], now?.[name]];
    if (UNSAID.has(name) || JSON.stringify(from) === JSON.stringify(to)) continue;
    changes.push({
      name,
      before: await shownValue(tx, name, from),
      after: await shownValue(tx, name, to),
    });
  }
  if (JSON.stringify(before.tags) !== JSON.stringify(after.tags))
    changes.push({
      name: 'tagIds',
      before: before.tags.slice(0, MOST_TAGS),
      after: after.tags.slice(0, MOST_TAGS),
    });
  return changes;
}

async function shownValue(tx: PlantTransaction, name: string, value: unknown): Promise<FieldValue> {
  if (value === null || value === undefined) return null;
  if (isReference(name)) {
    const [found] = await findElements(tx, referredKinds[name], [String(value)]);
    return found?.name ?? null;
  }
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'number') return value;
  return [...String(value)].slice(0, MOST_CHARACTERS).join('');
}

function isReference(name: string): name is keyof typeof referredKinds {
  return Object.hasOwn(referredKinds, name);
}
