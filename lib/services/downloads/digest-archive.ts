import { createHash } from 'node:crypto';
import { z } from 'zod';
import { putSums } from '#engine/archive/write/stored-head.ts';
import { readManifest } from '#engine/backup/read.ts';
import { publish } from '#events/channel.ts';
import type { Backup } from '#generated/vault/client.ts';
import { defineJobKind, type JobRun } from '#jobs/kinds.ts';
import { backupInputFields, inputTarget, type NamedBackup } from '../backups/backup-fields.ts';
import { findReadyBackup } from '../backups/backup-rows.ts';
import type { Server } from '../server.ts';
import { type HeadRow, noteDigest, touchHead } from './archive-head-rows.ts';
import { HEAD_USE_MS, openCheckedLayout } from './kept-heads.ts';

export const digestArchiveJob = defineJobKind({
  kind: 'DIGEST_ARCHIVE',
  input: z.strictObject(backupInputFields),
  action: 'backup.download',
  audit: 'backup.digest-archive',
  isChore: true,
  target: inputTarget,
  run: runDigestArchive,
});

/** The job: reads the whole archive once and notes its SHA-256, with which people compare their copies. */
async function runDigestArchive(server: Server, run: JobRun<NamedBackup>): Promise<void> {
  const { backupId } = run.input;
  const backup = await findReadyBackup(server.vault, backupId);
  const head = backup && (await touchHead(server.vault, backupId));
  // Deleted, or given up, meanwhile: the next head asks for its digest itself.
  if (!head) return run.commit({ backupId }, async () => {});
  const archiveSha256 = await digestOf(server, run, backup, head);
  await run.commit({ backupId }, async (tx) => {
    if (await noteDigest(tx, head, archiveSha256))
      await publish(tx, { kind: 'BACKUPS_CHANGED', id: backupId });
  });
}

async function digestOf(server: Server, run: JobRun, backup: Backup, head: HeadRow) {
  const { store, keys } = server;
  const manifest = await readManifest(store, keys, backup.manifestObject);
  const sums: number[] = [];
  const noteSum = (sum: number) => sums.push(sum);
  const layout = await openCheckedLayout(server, manifest, head, { noteSum });
  const hash = createHash('sha256');
  let done = 0;
  let usedAt = Date.now();
  for await (const pieces of layout.read(0, layout.size, run.signal)) {
    for (const piece of pieces) {
      hash.update(piece);
      done += piece.length;
    }
    run.report('digest', done, layout.size, 'bytes');
    if (Date.now() - usedAt < HEAD_USE_MS) continue;
    usedAt = Date.now();
    await touchHead(server.vault, backup.id);
  }
  // Where they cannot be kept, each download computes them.
  await putSums(store, keys, head.object, sums).catch(() => {});
  return hash.digest('hex');
}
