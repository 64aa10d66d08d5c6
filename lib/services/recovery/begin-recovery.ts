import { v7 as uuidv7 } from 'uuid';
import { FiberkeepError } from '#errors';
import type { Prisma } from '#generated/vault/client.ts';
import { authorColumns } from '#vault/actor.ts';
import { recordAudit } from '#vault/audit.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { givenNameColumn } from '#vault/given-name.ts';
import { hasUsers, lockAdministrators } from '../accounts/account-rows.ts';
import {
  insertDestination,
  listDestinationRows,
  writeDestination,
} from '../external/destination-rows.ts';
import { destinationUrl } from '../external/destinations.ts';
import { sealSecrets } from '../external/open-destination.ts';
import type { Caller, Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { createUpload } from '../uploads/uploads.ts';
import type { OpenedKit } from './kit-for-machine.ts';
import {
  attemptOf,
  enterRecovery,
  findRecovery,
  lockRecovery,
  pauseSchedule,
  type RecoveryRow,
} from './recovery-rows.ts';
import type { OfferedBackup, RecoveryOffer, RecoverySource } from './recovery-source.ts';

/** What comes back, from where, by which kit. */
export interface NewRecovery {
  readonly kit: OpenedKit;
  readonly source: RecoverySource;
  readonly offer: RecoveryOffer;
  readonly chosen: OfferedBackup;
}

interface Options {
  /** Decides, in the transaction that begins it, whether the caller still may. */
  readonly assertAllowed?: (tx: VaultTransaction) => Promise<void>;
}

const SOURCE_NAME = 'Recovered from';

/**
 * Writes down what a server that nobody has used yet shall become, before anything of it is done: the recovery, the
 * destination, turned off, and the schedule, paused. The server before may live: until somebody says that it does
 * not, this one writes nothing there and makes no nightly backups. Secrets are sealed by the kit's key, which the
 * caller installs next. An attempt that failed is begun anew, from another place too. Throws CONFLICT on a server that
 * is in use, and while an attempt at something else runs.
 */
export async function beginRecovery(
  server: Server,
  permit: Permit<'backup.upload'>,
  begun: NewRecovery,
  { assertAllowed = async () => {} }: Options = {},
): Promise<void> {
  await assertMayBegin(server, begun.kit);
  const upload = await announce(server, permit, begun.source);
  await server.vault.$transaction(async (tx) => {
    await lockAdministrators(tx);
    await assertAllowed(tx);
    await assertMayBegin(server, begun.kit);
    const before = await lockRecovery(tx);
    if (await isRunning(tx, before, begun)) return;
    const destination = await enterSource(tx, permit.actor, begun);
    await pauseSchedule(server, tx, null);
    await enterRecovery(tx, rowOf(begun, { destinationId: destination, uploadId: upload }));
    await recordAudit(tx, {
      actor: permit.actor,
      action: 'recovery.begin',
      target: { kind: 'backup', id: begun.chosen.id, name: begun.chosen.name },
      outcome: 'DONE',
      detail: { place: begun.offer.place },
    });
  });
}

/** Throws CONFLICT where somebody has used this server: a recovery never replaces anything. */
async function assertMayBegin(server: Server, { keys }: OpenedKit): Promise<void> {
  // Under the kit's key an earlier attempt may have brought the backup here.
  const isOurs = server.keys.serverId === keys.serverId;
  const isUsed =
    (await hasUsers(server.plant)) || (!isOurs && (await server.vault.backup.count()) > 0);
  if (isUsed) throw new FiberkeepError('CONFLICT', { reason: 'serverInUse' });
  if (!isOurs && server.config.serverKey !== null)
    throw new FiberkeepError('CONFLICT', { reason: 'otherKeyInEnvironment' });
}

/** Whether this very recovery is under way. Throws CONFLICT while another attempt runs. */
async function isRunning(
  tx: VaultTransaction,
  before: RecoveryRow | null,
  { chosen, offer }: NewRecovery,
): Promise<boolean> {
  if (before?.endedAt) throw new FiberkeepError('CONFLICT', { reason: 'serverInUse' });
  const job = before && (await attemptOf(tx, before));
  if (!before || !job || job.endedAt) return false;
  if (before.backupId === chosen.id && before.place === offer.place) return true;
  throw new FiberkeepError('CONFLICT', { reason: 'recoveryRuns' });
}

/** Makes room for an archive that a person will send. An earlier upload of it goes on. */
async function announce(
  server: Server,
  permit: Permit<'backup.upload'>,
  source: RecoverySource,
): Promise<string | null> {
  if (source.kind !== 'UPLOAD') return null;
  const { fileName, bytes } = source;
  const before = await findRecovery(server.vault);
  const known = before?.uploadId
    ? await server.vault.upload.findUnique({ where: { id: before.uploadId } })
    : null;
  const goesOn = known?.status === 'RECEIVING' || known?.status === 'CHECKING';
  if (known && goesOn && known.size === BigInt(bytes) && known.fileName === fileName)
    return known.id;
  return (await createUpload(server, permit, { fileName, size: BigInt(bytes) })).id;
}

function rowOf(
  { kit, source, offer, chosen }: NewRecovery,
  ids: { destinationId: string | null; uploadId: string | null },
): Omit<Prisma.RecoveryUncheckedCreateInput, 'id'> {
  return {
    serverId: kit.keys.serverId,
    backupId: chosen.id,
    backupName: chosen.name,
    backupGivenName: givenNameColumn(chosen.givenName),
    backupCreatedAt: chosen.createdAt,
    source: source.kind,
    place: offer.place,
    ...ids,
  };
}

async function enterSource(
  tx: VaultTransaction,
  actor: Caller,
  { kit, source, offer }: NewRecovery,
): Promise<string | null> {
  if (source.kind !== 'PLACE') return null;
  const { settings, secrets } = source;
  const rows = await listDestinationRows(tx);
  const known = rows.find((row) => destinationUrl(row) === offer.place);
  const id = known?.id ?? uuidv7();
  const access = { access: { ...settings }, secret: sealSecrets(kit, id, secrets) };
  // An earlier attempt may have had other credentials.
  if (known) await writeDestination(tx, id, access);
  else
    await insertDestination(tx, {
      id,
      name: SOURCE_NAME,
      enabled: false,
      ...access,
      ...authorColumns('createdBy', actor),
    });
  return id;
}
