import { errorText, storedFailure } from '#errors';
import type { Backup, Job, Restore } from '#generated/vault/client.ts';
import { authorIn } from '#services/authors.ts';
import { countPostFiles } from '#services/backups/backup-fields.ts';
import type { NotRestorable } from '#services/backups/not-restorable.ts';
import { namesOf, notRestorableOf } from '#services/backups/not-restorable.ts';
import { anomalyOf } from '#services/changes/anomaly.ts';
import { type ChangeCounts, sumOf } from '#services/changes/backup-changes.ts';
import { shownChanges } from '#services/changes/shown-changes.ts';
import { systemActor } from '#services/permit.ts';
import { formatCount, plain } from './format.ts';

/** Documents of `--json`, with the names of the API. */

export interface TableRows {
  readonly name: string;
  readonly rows: number;
}

export function backupView(backup: Backup) {
  const { id, name, comment, kind, createdAt, scheduledFor, includesFiles } = backup;
  return {
    id,
    name,
    comment,
    kind,
    createdAt,
    scheduledFor,
    includesFiles,
    fileCount: countPostFiles(backup),
    author: authorIn(backup, 'author'),
    givenName: backup.givenName,
    fileBytes: backup.fileBytes,
    tableBytes: backup.tableBytes,
    archiveSize: backup.archiveSize,
    archiveExact: backup.archiveExact,
    archiveSha256: backup.archiveSha256,
    uploadedFrom: backup.uploadedFrom,
    uploadedAt: backup.uploadedAt,
    storedSize: backup.storedSize,
    tables: tablesOf(backup),
    status: backup.status,
    testedAt: backup.testedAt,
    restoreSeconds: backup.restoreSeconds,
    testFailedAt: backup.testFailedAt,
    testError: failureView(backup.testError),
    pinned: backup.pinned,
    notRestorable: notRestorableOf(backup),
    changes: changesOf(backup),
    changesSince: backup.changesSince,
    anomaly: anomalyOf(backup),
  };
}

/** What changed since the backup before; who runs commands may see all of it. Null: not known. */
export function changesOf(backup: Backup) {
  return shownChanges(systemActor, backup);
}

/** `+120 ~14 -3`; a dash where it is not known, `=` where nothing changed. */
export function changesText(changes: readonly ChangeCounts[] | null): string {
  if (!changes) return '–';
  const { added, changed, removed } = sumOf(changes);
  const parts = [
    ...(added > 0 ? [`+${formatCount(added)}`] : []),
    ...(changed > 0 ? [`~${formatCount(changed)}`] : []),
    ...(removed > 0 ? [`-${formatCount(removed)}`] : []),
  ];
  return parts.length > 0 ? parts.join(' ') : '=';
}

/** A stored failure with its English texts; null without one. */
export function failureView(column: unknown) {
  const failure = storedFailure(column);
  if (failure === null) return null;
  const { code, reason, params } = failure;
  return { code, reason, params, ...errorText(failure) };
}

export function jobView(job: Job) {
  const { id, kind, status, phase, createdAt, endedAt } = job;
  return {
    id,
    kind,
    status,
    phase,
    createdAt,
    endedAt,
    progress: { done: job.progressDone, total: job.progressTotal, unit: job.progressUnit },
    error: failureView(job.error),
  };
}

export function restoreView(restore: Restore) {
  const { id, backupId, backupName, status, createdAt, stagedAt, appliedAt, undoneAt } = restore;
  return {
    id,
    backupId,
    backupName,
    status,
    createdAt,
    stagedAt,
    appliedAt,
    undoneAt,
    backupGivenName: restore.backupGivenName,
    undoUntil: restore.undoUntil,
    missingFiles: restore.missingFiles,
  };
}

export function tablesOf(backup: Backup): TableRows[] {
  const tables = backup.tables as unknown as TableRows[];
  return tables.map(({ name, rows }) => ({ name, rows }));
}

/** What no restore brings back, in words: no line as a rule. */
export function notRestorableLines(entries: readonly NotRestorable[]): string[] {
  const of = (reason: NotRestorable['reason']) =>
    plain(namesOf(entries.filter((one) => one.reason === reason)), 2_000);
  const [byHand, missing] = [of('MADE_BY_HAND'), of('MISSING')];
  return [
    ...(byHand ? [`Made by hand, so a restore leaves it out: ${byHand}.`] : []),
    ...(missing ? [`Missing, so the backup cannot be restored: ${missing}.`] : []),
  ];
}
