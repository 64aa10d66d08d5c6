import type { AuditEvent, Prisma } from '#generated/vault/client.ts';
import { type AuditPlace, countAudit, estimateAudit, searchAudit } from '#vault/audit.ts';
import type { VaultClient } from '#vault/client.ts';
import { encodeCursor, type Page, pageOf, pageSize, placeOf, searchText } from '../page.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';

/** Totals are counted up to here. Beyond, they are estimated, so that no page costs more. */
const MOST_COUNTED = 10_000;

/** Newest first. `search` looks in actor, action and target, ignoring case and accents. */
export async function listAuditEvents(
  server: Server,
  _permit: Permit<'audit.view'>,
  input: { first?: number | null; after?: string | null; search?: string | null },
): Promise<Page<AuditEvent>> {
  const size = pageSize(input.first, 50);
  const place = placeOf(input.after);
  const after = place && { at: place.createdAt, id: place.id };
  const search = searchText(input.search);
  if (search !== '') return searchedEvents(server, search, after, size);
  const [events, totalCount] = await Promise.all([
    server.vault.auditEvent.findMany({
      where: olderThan(after),
      orderBy: newestFirst,
      take: size + 1,
    }),
    countEvents(server.vault),
  ]);
  return pageOf(events, size, totalCount);
}

const newestFirst = [{ at: 'desc' as const }, { id: 'desc' as const }];

/** A search that finds little reads the whole log, so its results are not counted once more. */
async function searchedEvents(
  { vault }: Server,
  search: string,
  after: AuditPlace | null,
  size: number,
): Promise<Page<AuditEvent>> {
  const ids = await searchAudit(vault, search, { after, most: size + 1 });
  const isAll = after === null && ids.length <= size;
  const [events, totalCount] = await Promise.all([
    vault.auditEvent.findMany({ where: { id: { in: ids } }, orderBy: newestFirst }),
    isAll ? ids.length : countAudit(vault, search, MOST_COUNTED + 1),
  ]);
  return pageOf(events, size, totalCount);
}

export function auditCursor(event: AuditEvent): string {
  return encodeCursor(event.at.toISOString(), event.id);
}

/** `at <=` alone bounds the index scan; the rest separates events of the same millisecond. */
function olderThan(after: AuditPlace | null): Prisma.AuditEventWhereInput {
  if (!after) return {};
  const { at, id } = after;
  return { at: { lte: at }, OR: [{ at: { lt: at } }, { id: { lt: id } }] };
}

/** Exact up to MOST_COUNTED; beyond, the planner's estimate of the whole log. */
async function countEvents(vault: VaultClient): Promise<number> {
  const counted = await vault.auditEvent.count({ take: MOST_COUNTED + 1 });
  if (counted <= MOST_COUNTED) return counted;
  return Math.max(counted, await estimateAudit(vault));
}
