/**
 * Writes lib/engine/archive/fixtures/format-1.tar.gz.doz, the archive that every later version must open. Run it
 * only while format 1 is unreleased: `TEST_DATABASE_URL=… node --import tsx lib/testing/make-format-1.ts`.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from '#launcher/root.ts';
import { addFiles, archiveOf, sha256 } from './archives.ts';
import { openBackupLab } from './backups.ts';
import setUpTemplate from './template.ts';

const removeTemplate = await setUpTemplate();
try {
  await using lab = await openBackupLab(Buffer.alloc(32, 1));
  await lab.sql(
    `INSERT INTO plant.setting (key, value, updated_at)
     SELECT 'row ' || n, n::text::jsonb, '2026-11-22T00:00:00Z' FROM generate_series(1, 100) n`,
  );
  const files = await addFiles(lab, [Buffer.from('a photo'), Buffer.alloc(0)]);
  await lab.sql('INSERT INTO plant.stored_file (sha256, bytes) VALUES ($1, 4)', [sha256('gone')]);
  await lab.sql(`UPDATE plant.stored_file SET created_at = '2026-11-22T00:00:00Z'`);
  const backup = await lab.create({
    files,
    metadata: {
      backupId: '01938a2e-7c00-7000-8000-00000000abcd',
      serverId: lab.keys.serverId,
      name: 'Format 1',
      givenName: null,
      comment: 'Kept for ever',
      author: { kind: 'PERSON', id: null, name: 'Ana' },
      kind: 'MANUAL',
      createdAt: '2026-11-22T05:00:00.000Z',
      scheduledFor: null,
      includesFiles: true,
    },
  });
  const file = path.join(root, 'lib/engine/archive/fixtures/format-1.tar.gz.doz');
  await writeFile(file, await archiveOf(lab, backup));
  process.stdout.write(`${file}\n`);
} finally {
  await removeTemplate();
}
process.exit(0); // the schema engine leaves a timer of 10 seconds behind
