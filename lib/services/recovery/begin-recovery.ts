import { v7 as uuidv7 } from 'uuid';
import type { Place } from '#engine/store/place.ts';
import { FiberkeepError } from '#errors';
import type { Job } from '#generated/vault/client.ts';
import { authorColumns } from '#vault/actor.ts';
import { recordAudit } from '#vault/audit.ts';
import { hasUsers } from '../accounts/account-rows.ts';
import { writeVault } from '../authority.ts';
import { findBackupRow } from '../backups/backup-rows.ts';
import {
  insertDestination,
  listDestinationRows,
  writeDestination,
} from '../external/destination-rows.ts';
import { destinationUrl } from '../external/destinations.ts';
import { discoverCopies } from '../external/discover-copies.ts';
import { requestFetch } from '../external/fetch-backup.ts';
import { sealSecrets } from '../external/open-destination.ts';
import type { PlaceSecrets, PlaceSettings } from '../external/place-settings.ts';
import type { InPerson } from '../permit.ts';
import type { Server } from '../server.ts';
import type { FoundBackup, FoundInPlace } from './find-in-place.ts';
import { pauseSchedule } from './recovery-rows.ts';

/** Where a recovery reads from. */
export interface RecoverySource {
  readonly place: Place;
  readonly settings: PlaceSettings;
  readonly secrets: PlaceSecrets;
}

/** What comes back, and from where. */
export interface Recovery {
  readonly source: RecoverySource;
  readonly found: FoundInPlace;
  readonly chosen: FoundBackup;
}

/** Throws CONFLICT unless nobody has used this server yet: a recovery never replaces anything. */
export async function assertFresh(server: Server): Promise<void> {
  if (await hasUsers(server.plant)) throw new FiberkeepError('CONFLICT', { reason: 'serverInUse' });
}

/**
 * Begins a recovery on a fresh server: enters the destination, turned off, with all copies that lie there, takes the
 * schedule over, paused, and asks for the backup to be brought here. The server before may live: until somebody says
 * that it does not, this one writes nothing there and makes no nightly backups. Answers null where the backup is
 * here already: an earlier attempt brought it. Throws CONFLICT on a server that is in use.
 */
export async function beginRecovery(
  server: Server,
  permits: {
    readonly configure: InPerson<'backup.configure'>;
    readonly upload: InPerson<'backup.upload'>;
  },
  { source, found, chosen }: Recovery,
  signal: AbortSignal,
): Promise<Job | null> {
  await assertFresh(server);
  const destinationId = await enterSource(server, permits.configure, source, found);
  await discoverCopies(server, source.place, destinationId, found.state, signal);
  await pauseSchedule(server, found.state);
  const { backupId } = chosen.metadata;
  if (await findBackupRow(server.vault, backupId)) return null;
  return requestFetch(server, permits.upload, { backupId, destinationId });
}

const SOURCE_NAME = 'Recovered from';

async function enterSource(
  server: Server,
  permit: InPerson<'backup.configure'>,
  { place, settings, secrets }: RecoverySource,
  { state }: FoundInPlace,
): Promise<string> {
  const rows = await listDestinationRows(server.vault);
  const known = rows.find((row) => destinationUrl(row) === place.url);
  // An earlier attempt may have had other credentials.
  if (known) {
    const access = { access: { ...settings }, secret: sealSecrets(server, known.id, secrets) };
    await writeVault(server, permit, (tx) => writeDestination(tx, known.id, access));
    return known.id;
  }
  const id = uuidv7();
  const before = state?.destinations.find(({ access }) => isSameAccess(access, settings));
  const name = before?.name ?? SOURCE_NAME;
  return writeVault(server, permit, async (tx) => {
    await recordAudit(tx, {
      actor: permit.actor,
      action: 'recovery.begin',
      target: { kind: 'destination', id, name },
      outcome: 'DONE',
      detail: { place: place.url },
    });
    await insertDestination(tx, {
      id,
      name,
      enabled: false,
      access: { ...settings },
      secret: sealSecrets(server, id, secrets),
      ...(before && {
        keepLast: before.keepLast,
        keepDaily: before.keepDaily,
        keepWeekly: before.keepWeekly,
        keepMonthly: before.keepMonthly,
      }),
      ...authorColumns('createdBy', permit.actor),
    });
    return id;
  });
}

/** The same place may be reached by another address today. */
function isSameAccess(before: Record<string, unknown>, settings: PlaceSettings): boolean {
  if (before.kind !== settings.kind) return false;
  if (settings.kind === 'FOLDER') return before.folder === settings.folder;
  if (settings.kind === 'S3')
    return before.bucket === settings.bucket && before.prefix === settings.prefix;
  return before.folder === settings.folder && before.user === settings.user;
}
