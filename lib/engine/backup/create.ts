import { type ChunkWriter, openChunkWriter } from '../chunks/chunk-writer.ts';
import type { Manifest } from '../ports.ts';
import { openSnapshot } from '../postgres/snapshot.ts';
import { type RowMap, rowMapObject, writeRowMap } from '../rowmap/row-map.ts';
import { copyFiles, listFiles } from './files.ts';
import { writeManifest } from './manifest.ts';
import type { CreateRequest } from './request.ts';
import { requireSpace } from './space.ts';
import { copyTables, type HowRead } from './tables.ts';

/** A backup whose objects are in the store. */
export interface StoredBackup {
  readonly manifest: Manifest;
  /** Name in the store; garbage until the catalogue names it. */
  readonly manifestObject: string;
  /** SHA-256 (hex) of the manifest's canonical JSON. */
  readonly manifestSha256: string;
  /** Bytes that this backup added to the store. */
  readonly storedBytes: number;
  readonly fileCount: number;
  readonly fileBytes: number;
  /** Bytes of COPY text. */
  readonly tableBytes: number;
  /** SHA-256 of files that posts name but that the backup lacks: their bytes are gone or have changed. */
  readonly missingFiles: readonly string[];
}

export interface CreatedBackup extends StoredBackup {
  /** What of the database it holds, as `pg_current_snapshot` writes it. */
  readonly seen: string;
  /** What the next backup finds unchanged rows with; null where none could be made. */
  readonly rowMap: WrittenRowMap | null;
  readonly reads: readonly HowRead[];
}

export interface WrittenRowMap {
  /** Name in the store; garbage until the database names it. */
  readonly object: string;
  /** In the store. */
  readonly bytes: number;
}

/**
 * Makes a backup of one instant of `schema`, while people go on working, and reads back what it wrote. It
 * counts only when the caller commits `manifestObject` to the catalogue. Memory is bounded whatever the
 * size. Throws DISK_FULL, PLANT_BUSY, TEST_FAILED, or what the database and the store throw.
 */
export async function createBackup(request: CreateRequest): Promise<CreatedBackup> {
  const { keys, store, index, signal } = request;
  const writer = openChunkWriter({ store, keys, index, signal });
  const { tables, rowMap, reads, fileList, seen } = await readSnapshot(request, writer);
  const files = await copyFiles(request, writer, fileList);
  request.report('finish', 0, 0, 'steps');
  await writer.finish();
  const manifest: Manifest = {
    format: 1,
    metadata: request.metadata,
    structure: request.structure,
    tables,
    files: files.manifest,
  };
  const mapWritten = rowMap && (await keepRowMap(request, rowMap));
  const written = await writeManifest(request, manifest);
  return {
    manifest,
    manifestObject: written.object,
    manifestSha256: written.sha256,
    storedBytes: writer.storedBytes() + written.bytes,
    fileCount: files.manifest.count,
    fileBytes: files.manifest.bytes,
    tableBytes: tables.reduce((sum, table) => sum + table.bytes, 0),
    missingFiles: files.missing,
    seen,
    rowMap: mapWritten,
    reads,
  };
}

async function keepRowMap(request: CreateRequest, rowMap: RowMap): Promise<WrittenRowMap> {
  const { store, keys, metadata, fencingToken } = request;
  const object = rowMapObject(metadata.backupId, fencingToken);
  return { object, bytes: await writeRowMap(store, keys, object, rowMap) };
}

/** The snapshot ends when the tables are read: the contents of files are named by digest and do not change. */
async function readSnapshot(request: CreateRequest, writer: ChunkWriter) {
  request.report('snapshot', 0, 0, 'steps');
  await using snapshot = await openSnapshot(request.connect, request.schema, request.signal);
  const fileList = await listFiles(snapshot, request);
  await requireSpace(request, snapshot, fileList);
  const copied = await copyTables(request, snapshot, writer);
  await snapshot.confirm();
  return { ...copied, fileList, seen: snapshot.seen };
}
