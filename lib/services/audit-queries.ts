import { validate as isUuid } from 'uuid';
import type { AuditEvent, Prisma } from '../../generated/vault/client.ts';
import type { VaultClient } from '../vault/client.ts';
import {
  decodeCursor,
  encodeCursor,
  invalidCursor,
  type Page,
  pageOf,
  pageSize,
  searchText,
} from './page.ts';
import type { Permit } from './permit.ts';
import type { Server } from './server.ts';

/** Up to here the total is counted; beyond, it is PostgreSQL's estimate or this, so that a page costs the same. */
const MOST_COUNTED = 10_000;

/** Newest first. `search` looks in who, what was done, and to what. */
export async function listAuditEvents(
  server: Server,
  _permit: Permit<'audit.view'>,
  input: { first?: number | null; after?: string | null; search?: string | null },
): Promise<Page<AuditEvent>> {
  const size = pageSize(input.first, 50);
  const found = searchIn(searchText(input.search));
  const [events, totalCount] = await Promise.all([
    server.vault.auditEvent.findMany({
      where: { AND: [found, olderThan(input.after)] },
      orderBy: [{ at: 'desc' }, { id: 'desc' }],
      take: size + 1,
    }),
    countEvents(server.vault, found),
  ]);
  return pageOf(events, size, totalCount);
}

export function auditCursor(event: AuditEvent): string {
  return encodeCursor(event.at.toISOString(), event.id);
}

/** `at <=` alone bounds the index scan; the rest tells events of one millisecond apart. */
function olderThan(after: string | null | undefined): Prisma.AuditEventWhereInput {
  const key = decodeCursor(after, 2);
  if (!key) return {};
  const [time = '', id = ''] = key;
  const at = new Date(time);
  if (Number.isNaN(at.getTime()) || !isUuid(id)) throw invalidCursor();
  return { at: { lte: at }, OR: [{ at: { lt: at } }, { id: { lt: id } }] };
}

/** Exact up to MOST_COUNTED; beyond, the planner's estimate of the whole log, or how many were counted of a search. */
async function countEvents(
  vault: VaultClient,
  found: Prisma.AuditEventWhereInput,
): Promise<number> {
  const counted = await vault.auditEvent.count({ where: found, take: MOST_COUNTED + 1 });
  if (counted <= MOST_COUNTED || Object.keys(found).length > 0) return counted;
  const [row] = await vault.$queryRaw<{ rows: number }[]>`
    SELECT reltuples::float8 AS rows FROM pg_class WHERE oid = 'vault.audit_event'::regclass`;
  return Math.max(counted, Math.round(row?.rows ?? 0));
}

function searchIn(search: string): Prisma.AuditEventWhereInput {
  if (search === '') return {};
  const contains = { contains: search.replaceAll(/[\\%_]/g, '\\$&'), mode: 'insensitive' as const };
  return { OR: [{ actorName: contains }, { action: contains }, { targetName: contains }] };
}
