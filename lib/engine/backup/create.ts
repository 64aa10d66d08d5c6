import { type ChunkWriter, openChunkWriter } from '../chunks/chunk-writer.ts';
import type {
  BackupMetadata,
  ChunkIndex,
  Connect,
  FileContents,
  Manifest,
  ObjectStore,
  Report,
  StructureVersion,
} from '../ports.ts';
import { openSnapshot } from '../postgres/snapshot.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import { copyFiles, type FileListSource, listFiles } from './files.ts';
import { requireSpace } from './space.ts';
import { copyTables } from './tables.ts';
import { writeManifest } from './write-manifest.ts';

export interface CreateRequest {
  readonly connect: Connect;
  /** Of the plant, or of a kept one. */
  readonly schema: string;
  readonly store: ObjectStore;
  /** Left free on the store's disk, for everybody else. */
  readonly reserveBytes: number;
  readonly keys: ServerKeys;
  readonly index: ChunkIndex;
  /** Null: without the files of posts; the manifest only says which there are. */
  readonly files: FileContents | null;
  /** The last backup, whose rows are used again where they stand unchanged. */
  readonly previous: Manifest | null;
  /** The last backup with files, whose files are used again. */
  readonly previousWithFiles: Manifest | null;
  readonly metadata: BackupMetadata;
  readonly structure: StructureVersion;
  /** Of the job's lease: two workers never write one manifest. */
  readonly fencingToken: bigint;
  readonly report: Report;
  /** Ends every connection and throws the signal's reason; what was written is garbage for the sweep. */
  readonly signal: AbortSignal;
  /** Connections that read tables side by side. */
  readonly readers?: number;
  readonly fileList?: FileListSource;
}

export interface CreatedBackup {
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
  /** SHA-256 of files that the posts name and whose bytes are gone or not those any more: not in the backup. */
  readonly missingFiles: readonly string[];
}

/**
 * Makes a backup of one instant of `schema`, while people go on working, and proves what it wrote. It
 * counts only when the caller commits `manifestObject` to the catalogue. Memory is bounded whatever the
 * size. Throws DISK_FULL, PLANT_BUSY, TEST_FAILED, or what the database and the store throw.
 */
export async function createBackup(request: CreateRequest): Promise<CreatedBackup> {
  const { keys, store, index, signal } = request;
  const writer = openChunkWriter({ store, keys, index, signal });
  const { tables, fileList } = await readSnapshot(request, writer);
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
  };
}

/** The snapshot ends when the tables are read: the contents of files are named by digest and do not change. */
async function readSnapshot(request: CreateRequest, writer: ChunkWriter) {
  request.report('snapshot', 0, 0, 'steps');
  await using snapshot = await openSnapshot(request.connect, request.schema, request.signal);
  const fileList = await listFiles(snapshot, request);
  await requireSpace(request, snapshot, fileList);
  const tables = await copyTables(request, snapshot, writer);
  await snapshot.confirm();
  return { tables, fileList };
}
