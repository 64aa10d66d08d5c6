import type { GivenName } from '#engine/ports.ts';
import { type Failure, FiberkeepError, failureOf, notFound } from '#errors';
import type { Job, Upload } from '#generated/vault/client.ts';
import { jobError } from '#jobs/queue.ts';
import { readGivenName } from '#vault/given-name.ts';
import { isSetupToken } from '../accounts/access-rows.ts';
import { type ClientInfo, limit } from '../accounts/limits.ts';
import { type Permit, permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { receivedOf, uploadUrl } from '../uploads/uploads.ts';
import { beginRecovery } from './begin-recovery.ts';
import { openKit } from './kit-for-machine.ts';
import { requestDueRecovery, tryAgain } from './recover-server.ts';
import { accountsOfPlant, attemptOf, findRecovery, type RecoveryRow } from './recovery-rows.ts';
import { offerFrom, type RecoveryOffer, readSource, type SourceInput } from './recovery-source.ts';
import { requireVisitor } from './visitor.ts';

export interface RecoveryInput extends SourceInput {
  /** As it was saved, or the server key alone. */
  readonly kit: string;
}

const LOOK_MS = 120_000;
/** Each look connects to where the visitor says. */
const LOOKS = { points: 60, windowMs: 15 * 60 * 1000 };

/**
 * Tells the visitor of the set-up link what their kit opens, and writes nothing. Throws what `offerFrom` throws,
 * KIT_UNREADABLE, SETUP_LINK_INVALID and RATE_LIMITED.
 */
export async function checkRecovery(
  server: Server,
  token: string,
  input: RecoveryInput,
  client: ClientInfo,
): Promise<RecoveryOffer> {
  await requireVisitor(server, token, client);
  await limit(server, client, `recovery:${client.address}`, LOOKS);
  const { keys } = openKit(input.kit);
  return offerFrom(server, readSource(input), keys, null, AbortSignal.timeout(LOOK_MS));
}

/**
 * Begins what `checkRecovery` offered, and installs the kit's key. Where the server has another one, web and worker
 * start again with it. Throws as `checkRecovery`, and CONFLICT on a server that is in use.
 */
export async function beginRecoveryByLink(
  server: Server,
  token: string,
  { backupId, ...input }: RecoveryInput & { readonly backupId: string },
  client: ClientInfo,
): Promise<void> {
  const by = await requireVisitor(server, token, client);
  const kit = openKit(input.kit);
  const source = readSource(input);
  const isOther = kit.keys.serverId !== server.keys.serverId;
  if (isOther && server.config.serverKey === null && !server.installKey)
    throw new FiberkeepError('CONFLICT', { reason: 'keyCannotBeInstalled' });
  const signal = AbortSignal.timeout(LOOK_MS);
  const offer = await offerFrom(server, source, kit.keys, backupId, signal);
  const mayUpload = await permit(server, by, 'backup.upload');
  const begun = { kit, source, offer, chosen: offer.chosen };
  await beginRecovery(server, mayUpload, begun, {
    assertAllowed: async (tx) => {
      // The link may have made an administrator meanwhile.
      if (!(await isSetupToken(tx, token, { spent: false })))
        throw new FiberkeepError('SETUP_LINK_INVALID');
    },
  });
  if (isOther) await server.installKey?.(kit.serverKey);
  else await requestDueRecovery(server);
}

/** Another attempt after one that failed. Throws SETUP_LINK_INVALID, RATE_LIMITED. */
export async function tryRecoveryAgain(
  server: Server,
  token: string,
  client: ClientInfo,
): Promise<void> {
  await requireVisitor(server, token, client);
  await tryAgain(server);
}

/**
 * Permits the visitor to send the archive of a recovery that was begun. Throws SETUP_LINK_INVALID, NOT_FOUND where
 * `uploadId` is not that archive, CONFLICT until the kit's key is installed: the archive would be checked by another.
 */
export async function permitRecoveryUpload(
  server: Server,
  token: string,
  uploadId: string | null,
  client: ClientInfo,
): Promise<Permit<'backup.upload'>> {
  const by = await requireVisitor(server, token, client);
  const recovery = await findRecovery(server.vault);
  if (uploadId === null || recovery?.uploadId !== uploadId) throw notFound('upload');
  if (recovery.serverId !== server.keys.serverId)
    throw new FiberkeepError('CONFLICT', { reason: 'recoveryBegun' });
  return permit(server, by, 'backup.upload');
}

/** The steps that a recovery goes through, in order. Those of its source only. */
export type RecoveryStep =
  | 'KEY'
  | 'UPLOAD'
  | 'CATALOGUE'
  | 'FETCH'
  | 'CHECK'
  | 'STAGE'
  | 'FILES'
  | 'APPLY'
  | 'DONE';

/** How a recovery stands. */
export interface RecoveryView {
  readonly source: 'PLACE' | 'FILE' | 'UPLOAD';
  readonly place: string;
  readonly backupName: string;
  readonly backupGivenName: GivenName | null;
  readonly backupCreatedAt: Date | null;
  readonly step: RecoveryStep;
  /** Of the step, in `unit`; a total of 0: nobody knows how much there is. */
  readonly done: bigint;
  readonly total: bigint;
  readonly unit: string;
  /** Why the last attempt ended; it can be tried again. */
  readonly failure: Failure | null;
  readonly upload: {
    readonly url: string;
    readonly fileName: string;
    readonly size: bigint;
    readonly received: bigint;
  } | null;
  /** Accounts that can sign in, once it is done. */
  readonly accounts: number | null;
}

/** How the recovery of this server stands; null where none was begun. Throws SETUP_LINK_INVALID, RATE_LIMITED. */
export async function recoveryView(
  server: Server,
  token: string,
  client: ClientInfo,
): Promise<RecoveryView | null> {
  await requireVisitor(server, token, client, { spent: true });
  const recovery = await findRecovery(server.vault);
  if (!recovery) return null;
  const { uploadId, backupId } = recovery;
  const [job, backup, upload] = await Promise.all([
    attemptOf(server.vault, recovery),
    server.vault.backup.findUnique({ where: { id: backupId } }),
    uploadId === null ? null : server.vault.upload.findUnique({ where: { id: uploadId } }),
  ]);
  const known = backup ?? {
    name: recovery.backupName,
    givenName: recovery.backupGivenName,
    createdAt: recovery.backupCreatedAt,
  };
  const isFailed = job?.endedAt && job.status !== 'SUCCEEDED' && !recovery.endedAt;
  return {
    source: recovery.source as RecoveryView['source'],
    place: recovery.place,
    backupName: known.name,
    backupGivenName: readGivenName(known.givenName),
    backupCreatedAt: known.createdAt,
    step: stepOf(server, recovery, job, upload),
    done: job?.progressDone ?? 0n,
    total: job?.progressTotal ?? 0n,
    unit: job?.progressUnit ?? 'steps',
    failure: isFailed ? failureOf(jobError(job)) : null,
    upload: upload && {
      url: uploadUrl(upload),
      fileName: upload.fileName,
      size: upload.size,
      received: await receivedOf(server, upload),
    },
    accounts: recovery.endedAt ? (await accountsOfPlant(server)).length : null,
  };
}

/** By the phase that the job reports, which is that of the job that it waits for. */
const stepOfPhase: Readonly<Record<string, RecoveryStep>> = {
  discovering: 'CATALOGUE',
  receiving: 'UPLOAD',
  thawing: 'FETCH',
  fetching: 'FETCH',
  check: 'CHECK',
  checking: 'CHECK',
  finish: 'CHECK',
  files: 'FILES',
  applying: 'APPLY',
};

function stepOf(
  server: Server,
  { endedAt, serverId, source }: RecoveryRow,
  job: Job | null,
  upload: Upload | null,
): RecoveryStep {
  if (endedAt) return 'DONE';
  if (serverId !== server.keys.serverId) return 'KEY';
  if (upload?.status === 'RECEIVING') return 'UPLOAD';
  const first = source === 'PLACE' ? 'CATALOGUE' : source === 'FILE' ? 'UPLOAD' : 'CHECK';
  if (!job || job.phase === '') return first;
  return stepOfPhase[job.phase] ?? 'STAGE';
}
