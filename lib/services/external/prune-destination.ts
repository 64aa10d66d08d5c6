import type { BackupKind } from '#engine/ports.ts';
import type { Place } from '#engine/store/place.ts';
import { decideRetention, type RetentionBackup } from '../schedule/decide-retention.ts';
import { scheduleZone } from '../schedule/schedule-zone.ts';
import type { Server } from '../server.ts';
import { type CopyRow, copiesIn, deleteCopy, writeCopy } from './copy-rows.ts';
import type { DestinationRow } from './destination-rows.ts';
import { condemnObject, condemnUnneeded, forgetObjects, takeCondemned } from './inventory-rows.ts';
import { locksOf, markHeld } from './lock-rows.ts';
import { assertOwned } from './open-destination.ts';
import { activeSend } from './send-rows.ts';

/** What is out of retention stays there this long: whoever made a mistake can take it back. */
const GRACE_MS = 24 * 60 * 60 * 1000;
const DELETE_BATCH = 100;

/** When a condemned copy goes: after its grace, and not while it is locked. */
export async function removalOf(
  { pool }: Pick<Server, 'pool'>,
  { destinationId, manifestObject, condemnedAt }: CopyRow,
): Promise<Date | null> {
  if (!condemnedAt) return null;
  const graceEnds = new Date(condemnedAt.getTime() + GRACE_MS);
  const lockEnds = (await locksOf(pool, destinationId, [manifestObject])).get(manifestObject);
  return lockEnds && lockEnds > graceEnds ? lockEnds : graceEnds;
}

/** The copies that stay there, and those whose grace is over. */
export interface DecidedCopies {
  readonly staying: readonly CopyRow[];
  readonly gone: readonly CopyRow[];
}

/**
 * Decides by the destination's own retention. Copies are condemned first, and those that are wanted again meanwhile,
 * because retention or a pin was changed, live on.
 */
export async function decideCopies(server: Server, row: DestinationRow): Promise<DecidedCopies> {
  await settleCopies(server, row);
  const before = new Date(server.now().getTime() - GRACE_MS);
  const copies = await copiesIn(server.vault, row.id);
  const condemned = copies.filter(({ condemnedAt }) => condemnedAt && condemnedAt < before);
  const manifests = condemned.map(({ manifestObject }) => manifestObject);
  const locks = await locksOf(server.pool, row.id, manifests);
  // A copy whose manifest is locked stays whole until that ends.
  const gone = condemned.filter(
    ({ manifestObject }) => !isAfter(locks.get(manifestObject), server.now()),
  );
  return { gone, staying: copies.filter((copy) => !gone.includes(copy)) };
}

function isAfter(moment: Date | undefined, now: Date): boolean {
  return moment !== undefined && moment > now;
}

async function settleCopies(server: Server, row: DestinationRow): Promise<void> {
  const copies = await copiesIn(server.vault, row.id);
  const whole = copies.filter(({ sentAt }) => sentAt !== null);
  const rule = { ...row, keepHours: 0, timeZone: await scheduleZone(server) };
  const decided = decideRetention(await asRetention(server, whole), rule);
  const kept = new Set(decided.filter(({ reasons }) => reasons.length > 0).map(({ id }) => id));
  for (const copy of copies) {
    const isWanted = await isWantedThere(server, copy, kept);
    if (!isWanted && copy.status !== 'CONDEMNED')
      await writeCopy(server.vault, copy, { status: 'CONDEMNED', condemnedAt: server.now() });
    if (isWanted && copy.status === 'CONDEMNED' && copy.sentAt)
      await writeCopy(server.vault, copy, { status: 'HERE', condemnedAt: null });
  }
}

/** Whoever asked for a copy's removal is obeyed, whatever retention and pins say. */
async function isWantedThere(
  server: Server,
  copy: CopyRow,
  kept: ReadonlySet<string>,
): Promise<boolean> {
  if (copy.removedAt) return false;
  return copy.sentAt ? kept.has(copy.backupId) : !(await isAbandoned(server, copy));
}

async function asRetention(
  { vault, now }: Server,
  copies: readonly CopyRow[],
): Promise<RetentionBackup[]> {
  const pinned = await vault.backup.findMany({ where: { pinned: true }, select: { id: true } });
  const ids = new Set(pinned.map(({ id }) => id));
  return copies.map((copy) => ({
    id: copy.backupId,
    kind: copy.kind as BackupKind,
    at: copy.scheduledFor ?? copy.createdAt,
    pinned: copy.kept || ids.has(copy.backupId),
    tested: copy.testedAt !== null && copy.testFailedAt === null,
    undoable: false,
    inUse: false,
    ahead: copy.createdAt > now(),
  }));
}

/** Its backup went before all of it was sent. */
async function isAbandoned({ vault }: Server, copy: CopyRow): Promise<boolean> {
  if (await activeSend(vault, copy.destinationId, copy.backupId)) return false;
  return (await vault.backup.count({ where: { id: copy.backupId, status: 'READY' } })) === 0;
}

/**
 * Removes copies whose grace is over, and the objects that nothing needed for as long. Decided by the inventory and
 * `needed`, never by a listing. Throws DESTINATION_LOST where another server owns the place by now.
 */
export async function pruneDestination(
  server: Server,
  place: Place,
  row: DestinationRow,
  { gone, needed }: { readonly gone: readonly CopyRow[]; readonly needed: ReadonlySet<string> },
  signal: AbortSignal,
): Promise<void> {
  const now = server.now();
  const before = new Date(now.getTime() - GRACE_MS);
  await assertOwned(server, place, row);
  // The manifest first: a copy without one is no backup, and nobody recovers half of it.
  for (const copy of gone) {
    signal.throwIfAborted();
    await removeCopy(server, place, row, copy);
  }
  const unneeded = await condemnUnneeded(server.pool, row.id, needed, { before, now });
  await removeObjects(server, place, row, unneeded, signal);
}

async function removeCopy(
  server: Server,
  place: Place,
  row: DestinationRow,
  copy: CopyRow,
): Promise<void> {
  const { manifestObject } = copy;
  // Without a copy, the manifest is an object like any other.
  await condemnObject(server.pool, row.id, manifestObject);
  const [taken] = await takeCondemned(server.pool, row.id, [manifestObject]);
  if (
    !(await removeObject(server, place, row, taken ?? { name: manifestObject, wasLocked: false }))
  )
    return;
  await forgetObjects(server.pool, row.id, [manifestObject]);
  await deleteCopy(server.vault, copy);
}

/**
 * Answers false where the place's lock still holds it: it stays condemned, and is asked for again when that ends.
 * Buckets that lock keep versions, of which all go; elsewhere a plain removal is enough.
 */
async function removeObject(
  { pool }: Server,
  { store, lock }: Place,
  { id, lockDays }: DestinationRow,
  { name, wasLocked }: { readonly name: string; readonly wasLocked: boolean },
): Promise<boolean> {
  if (!lock || (lockDays === null && !wasLocked)) {
    await store.delete(name);
    return true;
  }
  const until = await lock.remove(name);
  if (until) await markHeld(pool, id, name, until);
  return until === null;
}

/**
 * Objects count as not sent before they go, and the inventory forgets them afterwards: whatever stops this leaves
 * nothing unknown, and nothing is believed to be there that is not.
 */
async function removeObjects(
  server: Server,
  place: Place,
  row: DestinationRow,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (let at = 0; at < names.length; at += DELETE_BATCH) {
    await assertOwned(server, place, row);
    signal.throwIfAborted();
    const batch = await takeCondemned(server.pool, row.id, names.slice(at, at + DELETE_BATCH));
    const gone: string[] = [];
    for (const object of batch) {
      // Another worker may have taken the job over, and need what this one would remove.
      signal.throwIfAborted();
      if (await removeObject(server, place, row, object)) gone.push(object.name);
    }
    await forgetObjects(server.pool, row.id, gone);
  }
}
