import { stat } from 'node:fs/promises';
import { v7 as uuidv7 } from 'uuid';
import {
  isUsable,
  type PlaceReport,
  type PlaceWishes,
  type StepResult,
  stepsOf,
  testPlace,
} from '#engine/external/test-place.ts';
import type { Place } from '#engine/store/place.ts';
import { asStorageClass } from '#engine/store/storage-class.ts';
import {
  asFiberkeepError,
  errorOf,
  FiberkeepError,
  failureOf,
  notFound,
  validationError,
} from '#errors';
import { Prisma } from '#generated/vault/client.ts';
import { isLaneBusy } from '#jobs/queue.ts';
import { foldName } from '#text';
import { authorColumns } from '#vault/actor.ts';
import { recordAudit } from '#vault/audit.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { writeVault } from '../authority.ts';
import type { InPerson } from '../permit.ts';
import { findKit } from '../recovery-kit/kit-rows.ts';
import type { Server } from '../server.ts';
import { vaultAccess } from '../vault-store/open-stores.ts';
import {
  type DestinationInput,
  namesPlace,
  type ReadDestination,
  readDestination,
} from './destination-input.ts';
import {
  type DestinationRow,
  deleteDestinationRows,
  insertDestination,
  laneOf,
  listDestinationRows,
  lockDestination,
  lockDestinations,
  reportColumn,
  writeDestination,
} from './destination-rows.ts';
import { destinationTarget, requireRow } from './destinations.ts';
import {
  assertElsewhere,
  destinationLost,
  isTakenBy,
  openSettings,
  ownerOf,
  sealSecrets,
  secretsIn,
  settingsIn,
  takePlace,
} from './open-destination.ts';
import type { PlaceSettings } from './place-settings.ts';

const TEST_MS = 120_000;

/**
 * Adds a destination, once a test has shown that backups can be sent there and read back. `hasKit`: the caller says
 * that the recovery kit is saved, without which the copies are useless. `takeOver`: another server of this key owns
 * the place, and is gone. Throws VALIDATION_FAILED, KIT_NEEDED, DESTINATION_UNUSABLE, DESTINATION_LOST, WRONG_KEY and
 * ADDRESS_REFUSED; nothing is kept then.
 */
export async function createDestination(
  server: Server,
  permit: InPerson<'backup.configure'>,
  input: DestinationInput,
  { hasKit = false, takeOver = false }: { hasKit?: boolean; takeOver?: boolean } = {},
): Promise<DestinationRow> {
  if (!hasKit) await requireKit(server);
  const { settings, secrets, values } = readDestination(input, null);
  const id = uuidv7();
  await assertElsewhere(server.config, settings);
  await using place = await openSettings(server, settings, secrets, AbortSignal.timeout(TEST_MS));
  const report = await testAll(server, place, settings, wishesOf(values));
  assertUsable(report);
  await assertMayTake(server, place, { ownerId: null, name: values.name }, takeOver);
  const row = await writeVault(server, permit, async (tx) => {
    await refuseTakenName(tx, id, values.name);
    await audit(tx, permit, 'destination.create', { id, name: values.name });
    return insertDestination(tx, {
      id,
      ...columnsOf(values, server.now()),
      access: { ...settings },
      secret: sealSecrets(server, id, secrets),
      report: reportColumn(report),
      testedAt: server.now(),
      ...authorColumns('createdBy', permit.actor),
    });
  });
  await takePlace(server, place, row, takeOver).catch(async (thrown) => {
    await server.vault.$transaction((tx) => deleteDestinationRows(tx, id));
    throw thrown;
  });
  return requireRow(server, id);
}

/** A schedule that is set owes nothing from before. */
function columnsOf({ prices, ...values }: ReadDestination['values'], now: Date) {
  return {
    ...values,
    ...(values.sendDays && { sendSince: now }),
    ...(prices !== undefined && { prices: prices === null ? Prisma.DbNull : { ...prices } }),
  };
}

/** Throws KIT_NEEDED until somebody saved the recovery kit and showed that they have it. */
async function requireKit({ vault, keys }: Server): Promise<void> {
  const kit = await findKit(vault, keys.serverId);
  if (!kit?.checkedAt) throw new FiberkeepError('KIT_NEEDED');
}

/**
 * Changes a destination. Where its address or credentials change, the place is tested first; where that is another
 * place, what was known of the old one is forgotten. Throws as `createDestination`, and NOT_FOUND.
 */
export async function updateDestination(
  server: Server,
  permit: InPerson<'backup.configure'>,
  id: string,
  input: DestinationInput,
  { takeOver = false }: { takeOver?: boolean } = {},
): Promise<DestinationRow> {
  const row = await requireRow(server, id);
  const change = { row, read: readDestination(input, { row, secrets: secretsIn(server, row) }) };
  if (namesPlace(input) || takeOver) await moveDestination(server, permit, change, takeOver);
  else await writeChanges(server, permit, change, await testedForWishes(server, change));
  return requireRow(server, id);
}

interface Change {
  readonly row: DestinationRow;
  readonly read: ReadDestination;
}

/** What is asked of a place beside the usual. */
function wishesOf({
  lockDays = null,
  storageClass = null,
}: {
  readonly lockDays?: number | null | undefined;
  readonly storageClass?: string | null | undefined;
}): PlaceWishes {
  return { withLock: lockDays !== null, storageClass: asStorageClass(storageClass) };
}

function wishesAfter({ row, read }: Change): PlaceWishes {
  const { lockDays = row.lockDays, storageClass = row.storageClass } = read.values;
  return wishesOf({ lockDays, storageClass });
}

/** Where a lock or another class is wanted than before, the place is tested first: what to write down of it. */
async function testedForWishes(server: Server, change: Change) {
  const { row, read } = change;
  const { withLock, storageClass } = wishesAfter(change);
  const isNewClass = storageClass !== null && storageClass !== row.storageClass;
  if (!isNewClass && !(withLock && row.lockDays === null)) return {};
  const { settings, secrets } = read;
  const signal = AbortSignal.timeout(TEST_MS);
  await using place = await openSettings(server, settings, secrets, signal);
  const report = await testAll(server, place, settings, wishesAfter(change));
  assertUsable(report);
  return { report: reportColumn(report), testedAt: server.now() };
}

async function moveDestination(
  server: Server,
  permit: InPerson<'backup.configure'>,
  change: Change,
  takeOver: boolean,
): Promise<void> {
  const { row, read } = change;
  const { settings, secrets } = read;
  await assertElsewhere(server.config, settings);
  await using place = await openSettings(server, settings, secrets, AbortSignal.timeout(TEST_MS));
  const report = await testAll(server, place, settings, wishesAfter(change));
  assertUsable(report);
  await assertMayTake(server, place, row, takeOver);
  await writeChanges(server, permit, change, {
    access: { ...settings },
    secret: sealSecrets(server, row.id, secrets),
    report: reportColumn(report),
    testedAt: server.now(),
  });
  await takePlace(server, place, { ...row, name: read.values.name }, takeOver);
}

/** Whoever changes something wants to see soon whether it helps: the next attempt is not waited for. */
async function writeChanges(
  server: Server,
  permit: InPerson<'backup.configure'>,
  { row: { id }, read: { values } }: Change,
  more: Parameters<typeof writeDestination>[2],
): Promise<void> {
  await writeVault(server, permit, async (tx) => {
    const now = await lockDestination(tx, id);
    if (!now) throw notFound('destination');
    if (more.access !== undefined && (await isLaneBusy(tx, laneOf(id)))) throw busy(now.name);
    await refuseTakenName(tx, id, values.name);
    await audit(tx, permit, 'destination.update', { id, name: values.name });
    await writeDestination(tx, id, {
      ...columnsOf(values, server.now()),
      nextAttemptAt: null,
      ...more,
    });
  });
}

/** Tests a destination as it is set up, and keeps the report. Throws NOT_FOUND. */
export async function testDestination(
  server: Server,
  permit: InPerson<'backup.configure'>,
  id: string,
): Promise<DestinationRow> {
  const row = await requireRow(server, id);
  const report = await testSettings(server, row);
  await writeVault(server, permit, async (tx) => {
    await audit(tx, permit, 'destination.test', row);
    await writeDestination(tx, id, {
      report: reportColumn(report),
      testedAt: server.now(),
      ...(isUsable(report) && { nextAttemptAt: null }),
    });
  });
  return requireRow(server, id);
}

/** That the place cannot be opened is what the report says then. */
async function testSettings(server: Server, row: DestinationRow): Promise<PlaceReport> {
  const settings = settingsIn(row);
  try {
    const signal = AbortSignal.timeout(TEST_MS);
    await using place = await openSettings(server, settings, secretsIn(server, row), signal);
    return await testAll(server, place, settings, wishesOf(row));
  } catch (thrown) {
    return notOpened(thrown, row);
  }
}

function notOpened(thrown: unknown, row: DestinationRow): PlaceReport {
  const failure = failureOf(asFiberkeepError(thrown));
  const steps = stepsOf(wishesOf(row)).map(
    (step, n): StepResult =>
      n === 0 ? { step, outcome: 'FAILED', failure } : { step, outcome: 'SKIPPED', failure: null },
  );
  return { steps, freeBytes: null };
}

async function testAll(
  server: Server,
  place: Place,
  settings: PlaceSettings,
  wishes: PlaceWishes,
): Promise<PlaceReport> {
  const report = await testPlace(place, AbortSignal.timeout(TEST_MS), wishes);
  if (settings.kind !== 'FOLDER') return report;
  return { ...report, steps: [...report.steps, await testOtherDisk(server, settings.folder)] };
}

/** A copy on the disk that it protects is lost with it. */
async function testOtherDisk(server: Server, folder: string): Promise<StepResult> {
  const vault = vaultAccess(server.config);
  const ours = vault.kind === 'FOLDER' ? await stat(vault.folder) : null;
  const failure =
    ours?.dev === (await stat(folder)).dev
      ? failureOf(
          new FiberkeepError('DESTINATION_UNUSABLE', {
            reason: 'placeOnSameDisk',
            params: { folder },
          }),
        )
      : null;
  return { step: 'OTHER_DISK', outcome: failure ? 'WARNING' : 'OK', failure };
}

/** Throws what the first failed step says. */
function assertUsable({ steps }: PlaceReport): void {
  const failed = steps.find(({ outcome }) => outcome === 'FAILED');
  if (failed?.failure) throw errorOf(failed.failure);
}

/** Asked before anything is written down; taking it decides. */
async function assertMayTake(
  server: Server,
  place: Place,
  { ownerId, name }: Pick<DestinationRow, 'ownerId' | 'name'>,
  takeOver: boolean,
): Promise<void> {
  const owner = await ownerOf(server, place);
  if (owner && !isTakenBy(owner, { ownerId }) && !takeOver) throw destinationLost(name);
}

/** What a running job knows of the place would be written down for another one. */
function busy(name: string): FiberkeepError {
  return new FiberkeepError('CONFLICT', { reason: 'destinationBusy', params: { name } });
}

async function refuseTakenName(tx: VaultTransaction, id: string, name: string): Promise<void> {
  await lockDestinations(tx);
  const others = (await listDestinationRows(tx)).filter((one) => one.id !== id);
  if (others.some((one) => foldName(one.name) === foldName(name)))
    throw validationError([{ path: 'input.name', reason: 'destinationNameTaken' }]);
}

async function audit(
  tx: VaultTransaction,
  { actor }: InPerson<'backup.configure'>,
  action: string,
  row: Pick<DestinationRow, 'id' | 'name'>,
): Promise<void> {
  await recordAudit(tx, { actor, action, target: destinationTarget(row), outcome: 'DONE' });
}
