import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { StructureVersion } from '#engine/ports.ts';
import { commonMigrations } from '#engine/restore/structure.ts';
import { notFound } from '#errors';
import type { Backup, Job } from '#generated/vault/client.ts';
import { defineJobKind, type EndedJob } from '#jobs/kinds.ts';
import { enqueueJob } from '#jobs/queue.ts';
import { currentStructure } from '#prisma/migrate.ts';
import { authorColumns } from '#vault/actor.ts';
import { backupTarget, recordAudit } from '#vault/audit.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { writeVault } from '../authority.ts';
import { backupInput, inputTarget } from '../backups/backup-fields.ts';
import { holdBackup } from '../backups/backup-rows.ts';
import { requireJobQuota } from '../quotas.ts';
import type { Server } from '../server.ts';
import { type CompareInput, compareInput } from './compare-input.ts';
import {
  type Compare,
  type Compared,
  failCompare,
  insertCompare,
  lockCompares,
  shareCompare,
  sharedCompare,
} from './compare-rows.ts';
import type { ComparePermit } from './permit-compare.ts';
import { runCompare } from './run-compare.ts';

export const compareJob = defineJobKind({
  kind: 'COMPARE',
  input: compareInput,
  action: 'backup.compare',
  audit: 'backup.compare',
  // Who compared is written down when they ask.
  isChore: true,
  target: inputTarget,
  run: runCompare,
  onEnd: (tx: VaultTransaction, { input }: EndedJob<CompareInput>) =>
    failCompare(tx, input.compareId),
});

/**
 * Compares a backup with another, or with the plant of now (`to` null): asks for a job, and answers at once. Who asks
 * for the same two while their compare lives shares it. Throws NOT_FOUND, TOO_MANY, and STRUCTURE_NEWER or
 * STRUCTURE_DIFFERENT where this version cannot hold one of them.
 */
export async function requestCompare(
  server: Server,
  { compare: permit }: ComparePermit,
  { from: fromId, to: toId }: { readonly from: string; readonly to?: string | null },
): Promise<{ compare: Compare; job: Job }> {
  const structure = await currentStructure('plant');
  return writeVault(server, permit, async (tx) => {
    const from = await heldBackup(tx, fromId, structure);
    const to = toId == null ? null : await heldBackup(tx, toId, structure);
    await lockCompares(tx);
    const shared = await sharedCompare(tx, { from, to });
    if (shared) {
      const job = await tx.job.findUniqueOrThrow({ where: { id: shared.jobId } });
      return { compare: await shareCompare(tx, shared), job };
    }
    await requireJobQuota(tx, permit.actor);
    return begin(tx, permit, { from, to });
  });
}

async function heldBackup(
  tx: VaultTransaction,
  id: string,
  structure: StructureVersion,
): Promise<Backup> {
  const backup = await holdBackup(tx, id);
  if (!backup) throw notFound('backup');
  commonMigrations(backup.structure as unknown as StructureVersion, structure);
  return backup;
}

async function begin(
  tx: VaultTransaction,
  { actor }: ComparePermit['compare'],
  compared: Compared,
): Promise<{ compare: Compare; job: Job }> {
  const id = uuidv7();
  const input = {
    compareId: id,
    ...backupInput(compared.from),
    toBackupId: compared.to?.id ?? null,
  };
  const job = await enqueueJob(tx, compareJob, { input, requestedBy: actor });
  const compare = await insertCompare(tx, compared, {
    id,
    jobId: job.id,
    scratchSchema: `compare_${randomBytes(8).toString('hex')}`,
    ...authorColumns('author', actor),
  });
  await recordAudit(tx, {
    actor,
    action: 'backup.compare',
    target: backupTarget(compared.from),
    outcome: 'DONE',
    detail: { compareId: id, with: compared.to?.name ?? 'now' },
  });
  return { compare, job };
}
