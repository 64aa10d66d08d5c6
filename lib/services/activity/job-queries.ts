import { validate as isUuid } from 'uuid';
import { FiberkeepError } from '#errors';
import type { Job, Prisma } from '#generated/vault/client.ts';
import { newestFirst, olderThan, type Page, pageOf, pageSize } from '../page.ts';
import type { Caller } from '../permit.ts';
import type { Server } from '../server.ts';

/** The jobs that an actor may see: all with `backup.view`, else those that they asked for. */
function visibleTo(actor: Caller | null): Prisma.JobWhereInput {
  if (!actor) throw new FiberkeepError('UNAUTHENTICATED');
  if (actor.actions.has('backup.view')) return {};
  return { requestedById: actor.id };
}

/** Null where there is no such job or the actor may not see it. Throws UNAUTHENTICATED. */
export async function findJob(
  server: Server,
  actor: Caller | null,
  id: string,
): Promise<Job | null> {
  const visible = visibleTo(actor);
  if (!isUuid(id)) return null;
  return server.vault.job.findFirst({ where: { AND: [{ id }, visible] } });
}

/** The jobs of these ids in their order, by one query; null for each that is not found or not visible. */
export async function findJobs(
  server: Server,
  actor: Caller | null,
  ids: readonly string[],
): Promise<(Job | null)[]> {
  const jobs = await server.vault.job.findMany({
    where: { AND: [{ id: { in: [...ids] } }, visibleTo(actor)] },
  });
  const byId = new Map(jobs.map((job) => [job.id, job]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** Newest first. `active`: only queued and running ones. Throws UNAUTHENTICATED and VALIDATION_FAILED. */
export async function listJobs(
  server: Server,
  actor: Caller | null,
  input: { first?: number | null; after?: string | null; active?: boolean | null },
): Promise<Page<Job>> {
  const active = input.active ? { status: { in: ['QUEUED', 'RUNNING'] } } : {};
  const found = { AND: [visibleTo(actor), active] };
  const size = pageSize(input.first, 20);
  const [jobs, totalCount] = await Promise.all([
    server.vault.job.findMany({
      where: { AND: [found, olderThan(input.after)] },
      orderBy: newestFirst,
      take: size + 1,
    }),
    server.vault.job.count({ where: found }),
  ]);
  return pageOf(jobs, size, totalCount);
}
