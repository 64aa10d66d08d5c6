import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readTable } from '#engine/backup/read.ts';
import { ANA, openRestoreLab, type RestoreLab } from '#testing/restores.ts';
import { manifestOf } from '../backups/backup-queries.ts';
import { applyRestore } from './apply-restore.ts';
import { discardRestore } from './discard-restore.ts';
import { canUndo, comparison, getRestore, listRestores, migrationsRun } from './restore-queries.ts';
import { requestStage } from './stage-restore.ts';
import { undoRestore } from './undo-restore.ts';

let lab: RestoreLab;

beforeEach(async () => {
  lab = await openRestoreLab();
});

afterEach(() => lab[Symbol.asyncDispose]());

/** SHA-256 (hex) of a table as the backup gives it back. */
async function digestIn(backupId: string, name: string): Promise<string> {
  const { store, keys } = lab.server;
  const manifest = await manifestOf(lab.server, backupId);
  const hash = createHash('sha256');
  for (const table of manifest.tables)
    if (table.name === name)
      for await (const piece of readTable(store, keys, table)) hash.update(piece);
  return hash.digest('hex');
}

describe('restoring and undoing', () => {
  test('a restore brings back the whole plant, and undo brings back everything done before and after', async () => {
    const before = await lab.digest();
    const backup = await lab.create('Monday');
    await lab.addPole('after the backup');
    const restore = await lab.stage(backup);
    expect(restore).toMatchObject({ status: 'STAGED', missingFiles: 0, authorName: 'Ana' });
    expect(migrationsRun(restore)).toEqual([]);
    expect(await lab.polesNamed('after the backup')).toBe(1);
    const epochBefore = await lab.epoch();

    const applied = await lab.apply(restore);
    expect(applied).toMatchObject({ status: 'APPLIED', appliedById: ANA, appliedByName: 'Ana' });
    expect(await lab.digest()).toEqual(before);
    expect(await lab.epoch()).toBe(epochBefore + 1n);
    expect(await canUndo(lab.server, applied)).toBe(true);

    await lab.addPole('after the restore');
    const undone = await lab.undo(applied);
    expect(undone.status).toBe('UNDONE');
    expect(await canUndo(lab.server, undone)).toBe(false);
    expect(await lab.polesNamed('after the backup')).toBe(1);
    expect(await lab.epoch()).toBe(epochBefore + 2n);

    const safety = await lab.safetyBackup(applied, 'UNDO');
    const again = await lab.apply(await lab.stage(safety));
    expect(again.status).toBe('APPLIED');
    expect(await lab.polesNamed('after the restore')).toBe(1);
  });

  test('the replaced plant gets a SAFETY backup with its files, complete to the last write', async () => {
    const backup = await lab.create('Monday');
    const restore = await lab.stage(backup);
    await lab.addPole('the last write');
    const now = await lab.digest();
    await lab.apply(restore);
    const safety = await lab.safetyBackup(restore);
    expect(safety).toMatchObject({
      kind: 'SAFETY',
      name: 'Before restoring: Monday',
      includesFiles: true,
    });
    expect(await digestIn(safety.id, 'pole')).toBe(now.pole);
  });

  test('undo cancels a SAFETY backup that is not made yet, and the audit log says so', async () => {
    const restore = await lab.stage(await lab.create('Monday'));
    await lab.worker.stop();
    await lab.apply(restore);
    const { vault } = lab.server;
    const { safetyJobId } = await lab.kept(restore);
    await lab.undo(restore);
    const job = await vault.job.findUniqueOrThrow({ where: { id: safetyJobId ?? '' } });
    expect(job).toMatchObject({ status: 'CANCELLED' });
    const audited = await vault.auditEvent.findFirst({
      where: { action: 'backup.create', detail: { path: ['jobId'], equals: job.id } },
    });
    expect(audited).toMatchObject({ outcome: 'FAILED', detail: { code: 'CANCELLED' } });
    lab.startWorker();
  });

  test('an undone restore’s backup can be staged and applied again', async () => {
    const backup = await lab.create('Monday');
    const first = await lab.apply(await lab.stage(backup));
    await lab.undo(first);
    const second = await lab.apply(await lab.stage(backup));
    expect(await canUndo(lab.server, second)).toBe(true);
    expect(await lab.schemas('plant_prev_')).toHaveLength(2);
  });

  test('restores are undone newest first', async () => {
    const monday = await lab.create('Monday');
    const first = await lab.apply(await lab.stage(monday));
    await lab.addPole('between');
    const second = await lab.apply(await lab.stage(monday));
    expect(await canUndo(lab.server, first)).toBe(false);
    await expect(lab.undo(first)).rejects.toMatchObject({ code: 'CONFLICT' });
    await lab.undo(second);
    expect(await lab.polesNamed('between')).toBe(1);
    await lab.undo(first);
    const { items } = await listRestores(lab.server, await lab.may('backup.view'), {});
    expect(items.map(({ id, status }) => [id, status])).toEqual([
      [second.id, 'UNDONE'],
      [first.id, 'UNDONE'],
    ]);
  });

  test('the comparison shows rows then and now', async () => {
    const backup = await lab.create('Monday');
    await lab.addPole('one');
    await lab.addPole('two');
    const restore = await lab.stage(backup);
    const table = (await comparison(lab.server, restore))?.find(({ name }) => name === 'pole');
    expect(table).toEqual({ name: 'pole', rowsInBackup: 100n, rowsNow: 102n });
  });

  test('the catalogue, the jobs and the audit are not rewound', async () => {
    const backup = await lab.create('Monday');
    const later = await lab.create('Tuesday');
    await lab.apply(await lab.stage(backup));
    expect(await lab.server.vault.backup.count({ where: { id: later.id } })).toBe(1);
    const audit = await lab.server.vault.auditEvent.findMany({ where: { action: 'backup.apply' } });
    expect(audit).toMatchObject([
      { actorId: ANA, address: '192.0.2.1', outcome: 'DONE', targetName: 'Monday' },
    ]);
  });
});

describe('files of posts', () => {
  async function addFile(text: string): Promise<string> {
    const bytes = (async function* () {
      yield Buffer.from(text);
    })();
    await using received = await lab.server.files.receive(bytes, 1_000_000);
    await received.keep();
    const { sha256 } = received;
    await lab.server.plant.storedFile.create({ data: { sha256, bytes: BigInt(text.length) } });
    return sha256;
  }
  const removeFile = (sha256: string) =>
    rm(path.join(lab.opened.dataDir, 'files', sha256.slice(0, 2), sha256));

  async function textOf(sha256: string): Promise<string> {
    const pieces: Uint8Array[] = [];
    for await (const piece of lab.server.files.read(sha256)) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  }

  test('come back from the backup where they are gone', async () => {
    const [photo, plan, empty] = [await addFile('photo'), await addFile('plan'), await addFile('')];
    const backup = await lab.create('Monday');
    await removeFile(photo);
    await removeFile(empty);
    const restore = await lab.stage(backup);
    expect(restore.missingFiles).toBe(0);
    expect(await Promise.all([photo, plan, empty].map(textOf))).toEqual(['photo', 'plan', '']);
  });

  test('that neither the backup nor the server has are counted', async () => {
    const photo = await addFile('photo');
    await removeFile(photo);
    const restore = await lab.stage(await lab.create('Monday'));
    expect(restore.missingFiles).toBe(1);
  });

  test('in any number are walked in order of their digest', async () => {
    const texts = Array.from({ length: 300 }, (_, n) => `file ${n}`);
    for (const text of texts) await addFile(text);
    const backup = await lab.create('Monday');
    const sha256s = texts.map((text) => createHash('sha256').update(text).digest('hex'));
    for (const sha256 of sha256s.filter((_, n) => n % 3 === 0)) await removeFile(sha256);
    expect((await lab.stage(backup)).missingFiles).toBe(0);
    expect(await Promise.all(sha256s.map(textOf))).toEqual(texts);
  });
});

describe('what is refused', () => {
  test('another name than the backup’s', async () => {
    const restore = await lab.stage(await lab.create('Monday'));
    await expect(lab.apply(restore, { confirmName: 'monday' })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      fields: [{ path: 'confirmName' }],
    });
    expect((await getRestore(lab.server, restore.id)).status).toBe('STAGED');
    await lab.server.vault.backup.update({
      where: { id: restore.backupId },
      data: { name: 'Região Sul' },
    });
    const confirmName = ' Regia\u0303o\u200b  \u00a0Sul';
    expect((await lab.apply(restore, { confirmName })).status).toBe('APPLIED');
  });

  test('a stage that is older than a day, or of another structure', async () => {
    const restore = await lab.stage(await lab.create('Monday'));
    const { id } = restore;
    const structure = restore.structure as object[];
    await lab.server.vault.restore.update({ where: { id }, data: { goodUntil: new Date() } });
    await expect(lab.apply(restore)).rejects.toMatchObject({ code: 'STAGE_STALE' });
    await lab.server.vault.restore.update({
      where: { id },
      data: {
        goodUntil: restore.goodUntil,
        structure: [...structure, { name: '2', checksum: '', run: false }],
      },
    });
    await expect(lab.apply(restore)).rejects.toMatchObject({ code: 'STAGE_STALE' });
    const failures = await lab.server.vault.auditEvent.count({
      where: { action: 'backup.apply', outcome: 'FAILED' },
    });
    expect(failures).toBe(2);
  });

  test('a backup of a newer structure, at once', async () => {
    const backup = await lab.create('Monday');
    await lab.server.vault.backup.update({
      where: { id: backup.id },
      data: { structure: [...(backup.structure as object[]), { name: '9', checksum: '' }] },
    });
    await expect(
      requestStage(lab.server, await lab.may('backup.restore'), backup.id),
    ).rejects.toMatchObject({
      code: 'STRUCTURE_NEWER',
    });
    expect(await lab.server.vault.job.count({ where: { kind: 'STAGE_RESTORE' } })).toBe(0);
  });

  test.each(['no id', uuidv7()])('a backup or restore that is not there: %s', async (id) => {
    const permit = await lab.may('backup.restore');
    await expect(requestStage(lab.server, permit, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(applyRestore(lab.server, permit, id, { confirmName: '' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(undoRestore(lab.server, permit, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(discardRestore(lab.server, permit, id)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('the second of two people who apply the same restore at once', async () => {
    const restore = await lab.stage(await lab.create('Monday'));
    const outcomes = await Promise.allSettled([lab.apply(restore), lab.apply(restore)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(['RESTORE_ALREADY_APPLIED', 'CONFLICT']).toContain(refused?.reason.code);
    expect(await lab.schemas('plant_prev_')).toHaveLength(1);
  });

  test('the second of two people who apply two restores at once', async () => {
    const backup = await lab.create('Monday');
    const [one, other] = [await lab.stage(backup), await lab.stage(backup)];
    const outcomes = await Promise.allSettled([lab.apply(one), lab.apply(other)]);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.map((outcome) => outcome.reason.code)).toEqual(['CONFLICT']);
    expect(await lab.schemas('plant_prev_')).toHaveLength(1);
  });

  test('a swap decided on a page from before another swap', async () => {
    const backup = await lab.create('Monday');
    const read = await lab.epoch();
    const first = await lab.apply(await lab.stage(backup));
    const second = await lab.stage(backup);
    await expect(lab.apply(second, { plantEpoch: read })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await expect(lab.undo(first, { plantEpoch: read })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('an undo after its window', async () => {
    const restore = await lab.apply(await lab.stage(await lab.create('Monday')));
    await lab.server.vault.restore.update({
      where: { id: restore.id },
      data: { undoUntil: new Date() },
    });
    expect(await canUndo(lab.server, restore)).toBe(false);
    await expect(lab.undo(restore)).rejects.toMatchObject({ code: 'UNDO_WINDOW_OVER' });
  });
});
