import type { PlacedBackup } from '#engine/external/list-backups.ts';
import type { GivenName } from '#engine/ports.ts';
import { publish } from '#events/channel.ts';
import type { Backup, ExternalCopy, Job } from '#generated/vault/client.ts';
import { Prisma } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { givenNameColumn } from '#vault/given-name.ts';
import { latestDate } from '../backups/newest-rows.ts';

export type CopyRow = ExternalCopy;

/** Enters the copy before anything of it is sent. One that is whole there stays so, and is wanted again. */
export async function beginCopy(
  db: VaultTransaction,
  destinationId: string,
  backup: Backup,
  { kept }: { readonly kept: boolean },
): Promise<void> {
  const { id: backupId, name, kind, createdAt, scheduledFor, manifestObject } = backup;
  const texts = { name, givenName: backup.givenName ?? Prisma.DbNull };
  const known = await findCopy(db, destinationId, backupId);
  const status = known?.sentAt ? 'HERE' : 'SENDING';
  const now = { ...texts, status, condemnedAt: null, removedAt: null, ...(kept && { kept }) };
  await db.externalCopy.upsert({
    where: { destinationId_backupId: { destinationId, backupId } },
    create: {
      destinationId,
      backupId,
      kind,
      createdAt,
      scheduledFor,
      manifestObject,
      kept,
      ...now,
    },
    update: now,
  });
}

/** The copy is whole. */
export async function markHere(
  tx: VaultTransaction,
  destinationId: string,
  backupId: string,
  sentBytes: number,
): Promise<void> {
  await tx.externalCopy.updateMany({
    where: { destinationId, backupId },
    data: { status: 'HERE', sentAt: new Date(), sentBytes: BigInt(sentBytes), condemnedAt: null },
  });
  await publish(tx, { kind: 'BACKUPS_CHANGED', id: backupId });
}

/** The whole copies of these backups, in every destination. */
export function copiesOf(db: VaultTransaction, backupIds: readonly string[]): Promise<CopyRow[]> {
  return db.externalCopy.findMany({
    where: { backupId: { in: [...backupIds] }, status: 'HERE' },
    orderBy: { sentAt: 'asc' },
  });
}

/** What lies in a destination, newest first; also what is on its way in or out. */
export function copiesIn(db: VaultTransaction, destinationId: string): Promise<CopyRow[]> {
  return db.externalCopy.findMany({
    where: { destinationId },
    orderBy: [{ createdAt: 'desc' }, { backupId: 'desc' }],
  });
}

export function findCopy(
  db: VaultTransaction,
  destinationId: string,
  backupId: string,
): Promise<CopyRow | null> {
  return db.externalCopy.findUnique({
    where: { destinationId_backupId: { destinationId, backupId } },
  });
}

export async function writeCopy(
  tx: VaultTransaction,
  { destinationId, backupId }: Pick<CopyRow, 'destinationId' | 'backupId'>,
  data: Prisma.ExternalCopyUpdateInput,
): Promise<void> {
  await tx.externalCopy.updateMany({ where: { destinationId, backupId }, data });
  await publish(tx, { kind: 'BACKUPS_CHANGED', id: backupId });
}

export async function deleteCopy(
  tx: VaultTransaction,
  { destinationId, backupId }: Pick<CopyRow, 'destinationId' | 'backupId'>,
): Promise<void> {
  await tx.externalCopy.deleteMany({ where: { destinationId, backupId } });
  await publish(tx, { kind: 'BACKUPS_CHANGED', id: backupId });
}

/** The newest whole copy in a destination that is not dated ahead; null without one. */
export function newestCopyIn(
  db: VaultTransaction,
  destinationId: string,
  now: Date,
): Promise<CopyRow | null> {
  return db.externalCopy.findFirst({
    where: { destinationId, status: 'HERE', createdAt: { lte: latestDate(now) } },
    orderBy: [{ createdAt: 'desc' }, { backupId: 'desc' }],
  });
}

/** What people made of a backup's name since. */
export interface CurrentText {
  readonly name: string;
  readonly givenName: GivenName | null;
  readonly pinned: boolean;
}

/** Enters copies that were found in a destination; those that are known stay as they are. */
export async function enterFoundCopies(
  db: VaultTransaction,
  destinationId: string,
  backups: readonly PlacedBackup[],
  texts: ReadonlyMap<string, CurrentText>,
): Promise<void> {
  await db.externalCopy.createMany({
    skipDuplicates: true,
    data: backups.map(({ metadata, manifestObject, modifiedAt }) => {
      const text = texts.get(metadata.backupId);
      const { name, givenName } = text ?? metadata;
      return {
        destinationId,
        backupId: metadata.backupId,
        name,
        givenName: givenNameColumn(givenName),
        kind: metadata.kind,
        createdAt: new Date(metadata.createdAt),
        scheduledFor: metadata.scheduledFor,
        status: 'HERE',
        kept: text?.pinned ?? false,
        manifestObject,
        sentAt: modifiedAt,
      };
    }),
  });
}

/** The queued or running job that brings this backup back; null without one. */
export function activeFetch(db: VaultTransaction, backupId: string): Promise<Job | null> {
  return db.job.findFirst({
    where: {
      kind: 'FETCH_BACKUP',
      status: { in: ['QUEUED', 'RUNNING'] },
      cancelRequestedAt: null,
      input: { path: ['backupId'], equals: backupId },
    },
  });
}

/** Whether a whole copy there failed its restore test, and no later one succeeded. */
export async function hasFailedCopy(db: VaultTransaction, destinationId: string): Promise<boolean> {
  const where = { destinationId, status: 'HERE', testFailedAt: { not: null } };
  return (await db.externalCopy.count({ where })) > 0;
}
