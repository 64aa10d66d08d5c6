import type {
  BackupMetadata,
  ChunkIndex,
  Connect,
  FileContents,
  Manifest,
  Report,
  StructureVersion,
} from '../ports.ts';
import type { RowMap } from '../rowmap/row-map.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';

/** Where the plant says which files its posts name. */
export interface FileListSource {
  readonly table: string;
  readonly sha256Column: string;
  readonly bytesColumn: string;
}

/** The rows of the plant's last backup. */
export interface KnownRows {
  readonly map: RowMap;
  /** Of the backup that the map goes with. */
  readonly manifest: Manifest;
  /** Which share of the rows taken over is compared: counted on with each backup, from any start. */
  readonly turn: number;
}

/** What `createBackup` needs. */
export interface CreateRequest {
  readonly connect: Connect;
  /** Of the plant, or of a kept one. */
  readonly schema: string;
  readonly store: ObjectStore;
  /** Left free on the store's disk for other writers. */
  readonly reserveBytes: number;
  readonly keys: ServerKeys;
  readonly index: ChunkIndex;
  /** Null: without the files of posts; the manifest only says which there are. */
  readonly files: FileContents | null;
  /** The last backup: tables that are read whole are compared with it, row by row. */
  readonly previous: Manifest | null;
  /** What tells the rows that did not change; without it every table is read whole. */
  readonly known?: KnownRows | null;
  /** The last backup with files, whose files are taken over. */
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
