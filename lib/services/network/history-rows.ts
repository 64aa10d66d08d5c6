import type { AuditEvent } from '#generated/vault/client.ts';
import type { AuditPlace } from '#vault/audit.ts';
import type { VaultClient } from '#vault/client.ts';
import type { ElementKind } from './element-rows.ts';

export interface HistoryPart {
  /** How many entries of each element. */
  readonly most: number;
  /** The entry after which the page begins; null: from the newest. */
  readonly after: AuditPlace | null;
}

/** What was done to elements, newest first, by their ids. Two queries, however many they are. */
export async function findHistory(
  db: VaultClient,
  kind: ElementKind,
  ids: readonly string[],
  { most, after }: HistoryPart,
): Promise<Map<string, AuditEvent[]>> {
  const [at, id] = after ? [after.at, after.id] : [null, null];
  const places = await db.$queryRaw<{ id: string }[]>`
    SELECT event.id::text AS id FROM unnest(${ids}::text[]) AS element (id)
      CROSS JOIN LATERAL (SELECT id FROM vault.audit_event
        WHERE target_id = element.id AND target_kind = ${kind} AND outcome = 'DONE' AND action LIKE 'network.%'
          AND (${at}::timestamptz IS NULL OR (at, id) < (${at}::timestamptz, ${id}::uuid))
        ORDER BY at DESC, id DESC LIMIT ${most}) AS event`;
  const events = await db.auditEvent.findMany({
    where: { id: { in: places.map((place) => place.id) } },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
  });
  const byElement = new Map<string, AuditEvent[]>();
  for (const event of events)
    byElement.set(event.targetId, [...(byElement.get(event.targetId) ?? []), event]);
  return byElement;
}
