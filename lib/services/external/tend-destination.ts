import { z } from 'zod';
import type { Place } from '#engine/store/place.ts';
import { defineJobKind, type EndedJob, type JobRun } from '#jobs/kinds.ts';
import { enqueueJob } from '#jobs/queue.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { systemActor } from '../permit.ts';
import type { Server } from '../server.ts';
import { checkCopies, compareListing, mendCopies } from './check-copies.ts';
import { hasFrozen } from './class-rows.ts';
import {
  type DestinationRow,
  laneOf,
  lockDestination,
  markRunFailed,
  nothingWrong,
  unreadableIn,
  writeDestination,
} from './destination-rows.ts';
import { AT_ONCE, rowForRun } from './destinations.ts';
import { damagedObjects, enterMissing, soundObjects } from './inventory-rows.ts';
import { neededObjects } from './needed-objects.ts';
import { notifyDamaged, notifyFailing, notifyGood } from './notify-external.ts';
import { openDestination } from './open-destination.ts';
import { lookOverdue } from './overdue.ts';
import { knowAgain, ownAndKnow } from './own-and-know.ts';
import { decideCopies, pruneDestination } from './prune-destination.ts';
import { isTendQueued } from './send-rows.ts';
import { requestDueCopyTest } from './test-copy.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Runs of two nights are never quite a day apart. */
const LISTED_AGAIN_MS = 0.9 * DAY_MS;

const jobInput = z.strictObject({ destinationId: z.uuid(), all: z.boolean() });
type TendInput = z.infer<typeof jobInput>;

export const tendDestinationJob = defineJobKind({
  kind: 'TEND_DESTINATION',
  input: jobInput,
  action: 'backup.configure',
  audit: 'destination.tend',
  isChore: true,
  atOnce: AT_ONCE,
  lane: ({ destinationId }) => laneOf(destinationId),
  target: () => null,
  run: runTendDestination,
  onEnd: endTend,
});

async function endTend(
  tx: VaultTransaction,
  { input, outcome }: EndedJob<TendInput>,
): Promise<void> {
  const row = await lockDestination(tx, input.destinationId);
  if (!row || outcome.status === 'CANCELLED') return;
  const now = new Date();
  await markRunFailed(tx, row, outcome.failure, now);
  await notifyFailing(tx, row, outcome.failure, now);
}

/** Queues it, unless one waits already. */
export async function enqueueTend(tx: VaultTransaction, destinationId: string): Promise<void> {
  if (await isTendQueued(tx, destinationId)) return;
  const input = { destinationId, all: false };
  await enqueueJob(tx, tendDestinationJob, { input, requestedBy: systemActor });
}

/**
 * The job: reads a share of what lies there back, compares one listing a day and what copies need with the inventory,
 * mends from here what is damaged there, removes what retention does not keep, and asks for the weekly restore test.
 * While anything is damaged or not known, nothing is removed.
 */
export async function runTendDestination(server: Server, run: JobRun<TendInput>): Promise<void> {
  const row = await rowForRun(server, run.input.destinationId);
  if (!row.enabled) return;
  await using place = await openDestination(server, row, run.signal);
  const known = await ownAndKnow(server, run, place, row);
  run.report('checking', 0, 0, 'steps');
  const found = await lookThrough(server, run, place, known);
  if (found.mayPrune) {
    run.report('removing', 0, 0, 'steps');
    await pruneDestination(server, place, known, found, run.signal);
  }
  // A test would thaw a whole backup, at a cost each week.
  const isFrozen = await hasFrozen(server.pool, row.id);
  await run.commit(asText(found.figures), async (tx) => {
    const now = await lockDestination(tx, row.id);
    if (now?.ownerId !== known.ownerId) return;
    await notifyGood(tx, now, await lookOverdue(tx, now, server.now()));
    await writeDestination(tx, row.id, {
      ...nothingWrong,
      missing: found.figures.lost,
      ...(found.isListed && { listedAt: server.now() }),
    });
    const { damaged } = found.figures;
    if (damaged > 0) await notifyDamaged(tx, now, damaged, server.now());
    if (!isFrozen) await requestDueCopyTest(tx, now, server.now());
  });
}

async function lookThrough(
  server: Server,
  run: JobRun<TendInput>,
  place: Place,
  row: DestinationRow,
) {
  const { signal } = run;
  const isListed = isListingDue(row, server.now());
  const unreadable = isListed ? await knowAgain(server, run, place, row) : unreadableIn(row);
  const checked = await checkCopies(server, place, row, { all: run.input.all, signal });
  const unlisted = isListed ? await compareListing(server, place, row, signal) : 0;
  // What a killed worker left half written.
  if (isListed) await place.store.tidy(new Date(server.now().getTime() - DAY_MS));
  const { gone, staying } = await decideCopies(server, row);
  const needed = await neededObjects(server, place, row, staying, signal);
  const unsent = await missingOf(server, row, needed.byWhole);
  const { mended, lost } = await mendCopies(server, run, place, row);
  const damaged = checked.damaged + unlisted + unsent;
  const isSound = damaged === 0 && lost === 0 && needed.unknown === 0 && unreadable.length === 0;
  return {
    isListed,
    mayPrune: isSound,
    gone,
    needed: needed.names,
    figures: { read: checked.objects, damaged, mended, lost, removed: isSound ? gone.length : 0 },
  };
}

function isListingDue({ listedAt }: DestinationRow, now: Date): boolean {
  return listedAt === null || now.getTime() - listedAt.getTime() >= LISTED_AGAIN_MS;
}

/** What copies need and the inventory does not have is entered as damaged. */
async function missingOf(
  { pool }: Server,
  { id }: DestinationRow,
  byWhole: ReadonlySet<string>,
): Promise<number> {
  const sound = await soundObjects(pool, id, { condemned: true });
  const damaged = new Set(await damagedObjects(pool, id));
  const missing = [...byWhole].filter((name) => !sound.has(name) && !damaged.has(name));
  await enterMissing(pool, id, missing);
  return missing.length;
}

function asText(figures: Record<string, number>): Record<string, string> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, String(value)]));
}
