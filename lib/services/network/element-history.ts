import type { AuditEvent } from '#generated/vault/client.ts';
import { encodeCursor, type Page, pageSize, placeOf } from '../page.ts';
import type { Server } from '../server.ts';
import type { FieldChange } from './changed-fields.ts';
import type { ViewPermit } from './edit-network.ts';
import type { ElementKind } from './element-rows.ts';
import { findHistory } from './history-rows.ts';

/** A page of the history of one element. How much there is in all, nobody counts. */
export type HistoryPage = Omit<Page<AuditEvent>, 'totalCount'>;

export interface HistoryRequest {
  readonly first?: number | null;
  readonly after?: string | null;
}

const USUAL_SIZE = 20;

/**
 * What people did to each element, newest first, from the audit log. A restore changes nothing in it, and it outlives
 * the element. Answers come in the order of the ids. Throws VALIDATION_FAILED for a wrong request.
 */
export async function lookUpHistory(
  server: Server,
  _permit: ViewPermit,
  kind: ElementKind,
  ids: readonly string[],
  request: HistoryRequest,
): Promise<HistoryPage[]> {
  const size = pageSize(request.first, USUAL_SIZE);
  const place = placeOf(request.after);
  const after = place && { at: place.createdAt, id: place.id };
  const found = await findHistory(server.vault, kind, ids, { most: size + 1, after });
  return ids.map((id) => {
    const events = found.get(id) ?? [];
    return { items: events.slice(0, size), hasNextPage: events.length > size };
  });
}

export const historyCursor = ({ at, id }: AuditEvent) => encodeCursor(at.toISOString(), id);

export type HistoryDeed = 'CREATED' | 'CHANGED' | 'DELETED';

const deeds: Readonly<Record<string, HistoryDeed>> = { create: 'CREATED', delete: 'DELETED' };

/** What an entry says was done: its action is `network.create-pole` and the like. */
export function deedOf({ action }: AuditEvent): HistoryDeed {
  const [, verb = ''] = /^network\.([a-z]+)-/.exec(action) ?? [];
  return deeds[verb] ?? 'CHANGED';
}

/** The fields that a change changed; null where the server did not write them down yet. */
export function fieldsOf({ detail }: AuditEvent): readonly FieldChange[] | null {
  const fields = (detail as { fields?: unknown } | null)?.fields;
  return Array.isArray(fields) ? (fields as FieldChange[]) : null;
}
