import type { CreatedBackup } from '#engine/backup/create.ts';
import type { Prisma } from '#generated/vault/client.ts';
import { authorColumns } from '#vault/actor.ts';
import { givenNameColumn } from '#vault/given-name.ts';
import { estimateArchiveSize } from '../downloads/archive-file.ts';

/** What the catalogue says of a backup: all of it stands in the manifest, but for what it cost. */
export function catalogueRow(created: CreatedBackup, compression: number) {
  const { metadata, tables, structure } = created.manifest;
  return {
    id: metadata.backupId,
    name: metadata.name,
    givenName: givenNameColumn(metadata.givenName),
    comment: metadata.comment,
    ...authorColumns('author', metadata.author),
    kind: metadata.kind,
    createdAt: new Date(metadata.createdAt),
    scheduledFor: metadata.scheduledFor,
    includesFiles: metadata.includesFiles,
    fileCount: created.fileCount,
    fileBytes: created.fileBytes,
    tableBytes: created.tableBytes,
    archiveSize: estimateArchiveSize(created, compression),
    storedSize: created.storedBytes,
    tables: tables.map(({ name, rows, bytes, sha256 }) => ({ name, rows, bytes, sha256 })),
    structure: structure.map(({ name, checksum }) => ({ name, checksum })),
    manifestObject: created.manifestObject,
    manifestSha256: created.manifestSha256,
  } satisfies Prisma.BackupCreateInput;
}
