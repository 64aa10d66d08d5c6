import { FiberkeepError, notFound } from '#errors';
import { subscribe } from '#events/hub.ts';
import type { EventQueue, HubEvent } from '#events/queue.ts';
import type { Job } from '#generated/vault/client.ts';
import { plantEpoch } from '#vault/plant-state.ts';
import type { Caller } from '../permit.ts';
import type { Server } from '../server.ts';
import { findJob } from './job-queries.ts';
import { whileAllowed } from './watch-access.ts';

/** The kinds that a stream begins with. Pages take the last as the end of the beginning. */
const lists = [
  'BACKUPS_CHANGED',
  'JOBS_CHANGED',
  'RESTORES_CHANGED',
  'CHANGE_SETS_CHANGED',
  'NIGHTS_CHANGED',
  'DESTINATIONS_CHANGED',
  'NETWORK_CHANGED',
] as const;

/** A change for pages that show lists; `id` null: any of that kind. */
export interface SystemEvent {
  readonly kind: (typeof lists)[number] | 'PLANT_SWAPPED';
  readonly id: string | null;
}

/**
 * The job now, then after each change, until it has ended or the actor may not see it any more. Throws
 * NOT_FOUND where there is no such job or the actor may not see it.
 */
export async function watchJob(
  server: Server,
  actor: Caller | null,
  id: string,
): Promise<AsyncIterableIterator<Job>> {
  if (!(await findJob(server, actor, id))) throw notFound('job');
  const events = subscribe(server.databaseUrl);
  return closingWith(server, actor, events, jobStates(server, actor, id, events));
}

async function* jobStates(server: Server, watcher: Caller | null, id: string, events: EventQueue) {
  for await (const { event, actor } of whileAllowed(server, watcher, events)) {
    if (event.kind !== 'REFETCH' && event.id !== id) continue;
    const job = await findJob(server, actor, id);
    if (!job) return;
    yield job;
    if (job.endedAt) return;
  }
}

/**
 * What changed, from now on, until the actor's session or key ends. Begins with one event of each kind as
 * soon as it listens: anything may have changed before.
 */
export async function watchSystem(
  server: Server,
  actor: Caller | null,
): Promise<AsyncIterableIterator<SystemEvent>> {
  if (!actor) throw new FiberkeepError('UNAUTHENTICATED');
  const epoch = await plantEpoch(server.vault);
  const events = subscribe(server.databaseUrl);
  return closingWith(server, actor, events, systemEvents(server, actor, epoch, events));
}

async function* systemEvents(server: Server, actor: Caller, begun: bigint, events: EventQueue) {
  let epoch = begun;
  for await (const { event } of whileAllowed(server, actor, events)) {
    if (event.kind === 'JOB_PROGRESS') continue;
    if (event.kind === 'REFETCH' || event.kind === 'PLANT_SWAPPED') {
      // A swap that happened while nobody listened is still told.
      const now = await plantEpoch(server.vault);
      if (now !== epoch) yield { kind: 'PLANT_SWAPPED', id: null } as const;
      epoch = now;
    }
    yield* listEvents(event);
  }
}

function listEvents(event: HubEvent): SystemEvent[] {
  if (event.kind === 'REFETCH') return lists.map((kind) => ({ kind, id: null }));
  const kind = lists.find((list) => list === event.kind);
  return kind ? [{ kind, id: event.id }] : [];
}

/**
 * Closes the queue with the generator. A generator that waits for an event answers `return` only after the
 * next one, when its reader may be long gone; closing the queue ends the wait at once.
 */
function closingWith<T>(
  { streams }: Server,
  actor: Caller | null,
  events: EventQueue,
  states: AsyncGenerator<T, void, void>,
): AsyncIterableIterator<T> {
  const ended = streams.add(actor?.id ?? '', () => events.close());
  const close = () => {
    ended();
    events.close();
  };
  return {
    next: async () => {
      const result = await states.next();
      if (result.done) close();
      return result;
    },
    return: async () => {
      close();
      await states.return();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
