import { v7 as uuidv7 } from 'uuid';
import type { Backup, Prisma } from '#generated/vault/client.ts';
import type { Server } from '#services/server.ts';

/** Enters a catalogue row for a backup that has no objects in the store. */
export function catalogued(
  server: Server,
  row: Partial<Prisma.BackupCreateInput> = {},
): Promise<Backup> {
  return server.vault.backup.create({ data: rowOf(row) });
}

/** Enters many rows, a thousand in each statement. */
export async function cataloguedAll(
  server: Server,
  rows: readonly Partial<Prisma.BackupCreateInput>[],
): Promise<void> {
  for (let at = 0; at < rows.length; at += 1_000)
    await server.vault.backup.createMany({ data: rows.slice(at, at + 1_000).map(rowOf) });
}

function rowOf(row: Partial<Prisma.BackupCreateInput>): Prisma.BackupCreateManyInput {
  const id = row.id ?? uuidv7();
  return {
    id,
    name: 'A backup',
    authorKind: 'SERVER',
    authorName: '',
    kind: 'AUTOMATIC',
    createdAt: new Date(),
    includesFiles: true,
    fileCount: 0,
    fileBytes: 0n,
    tableBytes: 1_000n,
    archiveSize: 1_000n,
    storedSize: 100n,
    tables: [],
    structure: [],
    manifestObject: `manifests/${id}.1`,
    manifestSha256: '',
    ...(row as Partial<Prisma.BackupCreateManyInput>),
  };
}
