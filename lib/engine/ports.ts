/**
 * The engine's words as types, and its ports: what a caller hands in. The engine imports no web
 * framework, no Prisma client and no environment.
 */
import type { Client } from 'pg';

export type BackupKind = 'MANUAL' | 'AUTOMATIC' | 'SAFETY' | 'UPLOADED';

export const authorKinds = ['PERSON', 'COMMAND_LINE', 'ENVIRONMENT', 'SERVER'] as const;
export type AuthorKind = (typeof authorKinds)[number];

/** Who did something, as it is written down: the plant may be swapped away under the id. */
export interface Author {
  readonly kind: AuthorKind;
  /** Null of everybody but a person. */
  readonly id: string | null;
  /** Of a person as they were called then, of the command line its login, else empty. */
  readonly name: string;
}

export const givenNameKinds = ['AUTOMATIC', 'BEFORE_RESTORE', 'BEFORE_UNDO'] as const;
export type GivenNameKind = (typeof givenNameKinds)[number];

/** What the name of a backup says where the server gave it, for who says it in another language. */
export type GivenName = {
  readonly kind: GivenNameKind;
  /** BEFORE_…: the same of the backup that was restored, where the server named that too, outermost first. */
  readonly of: readonly GivenNameKind[];
  /** Of the innermost, where it is AUTOMATIC: the night by the clock of its schedule. */
  readonly at: { readonly localDate: string; readonly time: string } | null;
  /** Of the innermost, where it is BEFORE_…: what people called the backup that was restored. */
  readonly backupName: string | null;
};

/** The ordered migrations (name, SHA-256 of the SQL in hex) that made a plant's structure. */
export type StructureVersion = readonly { readonly name: string; readonly checksum: string }[];

/** What a person knows of a backup; part of the manifest. Dates are ISO 8601 UTC. */
export interface BackupMetadata {
  readonly backupId: string;
  readonly serverId: string;
  readonly name: string;
  /** Null where people gave the name. */
  readonly givenName: GivenName | null;
  readonly comment: string;
  readonly author: Author;
  readonly kind: BackupKind;
  readonly createdAt: string;
  readonly scheduledFor: string | null;
  readonly includesFiles: boolean;
}

/** `none`: stored as it is. `brotli`: quality 1, window 18. Recorded with each chunk, authenticated. */
export type ChunkCodec = 'none' | 'brotli';

/** Which chunk, and which writing of it: together they name the object, so no look-up is needed to read. */
export interface ChunkRef {
  /** HMAC-SHA-256(id key, plaintext), 64 hex digits. */
  readonly id: string;
  readonly generation: bigint;
  readonly codec: ChunkCodec;
  readonly plainBytes: number;
}

export interface ManifestTable {
  readonly name: string;
  /** As COPY writes them: every column that is not generated, in attribute order. */
  readonly columns: readonly string[];
  readonly rows: number;
  /** Of the COPY text. */
  readonly bytes: number;
  /** SHA-256 of the whole COPY text, hex. */
  readonly sha256: string;
  /** Chunks that hold the encoded rope, in order. */
  readonly rope: readonly ChunkRef[];
}

export interface ManifestFiles {
  readonly count: number;
  readonly bytes: number;
  /** SHA-256 of the list: for each file in order of its sha256, `<sha256 hex> <bytes>\n`. */
  readonly digest: string;
  /** Chunks that hold the encoded list (file → chunks), in order; empty without files. */
  readonly list: readonly ChunkRef[];
}

/** The immutable list of what one backup is made of. A backup is its manifest. */
export interface Manifest {
  readonly format: 1;
  readonly metadata: BackupMetadata;
  readonly structure: StructureVersion;
  readonly tables: readonly ManifestTable[];
  /** What the posts name, also when the backup does not hold them (`list` is empty then). */
  readonly files: ManifestFiles;
}

/**
 * The catalogue of chunks in PostgreSQL, seen by one running job. Whatever it answers stays pinned for
 * that job until the job ends.
 */
export interface ChunkIndex {
  /**
   * For each plaintext id in turn: where a stored, uncondemned chunk lies, or a new generation reserved
   * for this job to write (`stored: false`). Atomic, a batch a call.
   */
  reserve(
    chunks: readonly { id: string; codec: ChunkCodec; plainBytes: number }[],
  ): Promise<readonly { ref: ChunkRef; stored: boolean }[]>;
  /** Says that the reserved chunks are durable in the store, with their sealed sizes. Throws LEASE_LOST. */
  confirm(chunks: readonly { ref: ChunkRef; storedBytes: number }[]): Promise<void>;
  /** Pins chunks of an earlier backup. Answers those that cannot be relied on any more (gone or condemned). */
  pin(refs: readonly ChunkRef[]): Promise<readonly ChunkRef[]>;
  /** Chunks that were found missing or altered: never answered again by `reserve` or `pin`. */
  distrust(refs: readonly ChunkRef[]): Promise<void>;
}

/** The contents of the posts' files, by SHA-256 (hex). */
export interface FileContents {
  /** Streams the bytes; throws FILE_MISSING when there is none. */
  read(sha256: string): AsyncIterable<Uint8Array>;
  has(sha256: string): Promise<boolean>;
  /** Stores a content under its SHA-256, durable when done; throws DIGEST_MISMATCH where the bytes are others. */
  write(sha256: string, bytes: AsyncIterable<Uint8Array>): Promise<void>;
}

/**
 * Opens one more connection as the plant's owner; the caller ends it. Its `error` event has a listener, so
 * that a lost connection fails the statement under way and does not end the process.
 */
export type Connect = () => Promise<Client>;

/** `total` 0: unknown yet. Called often; the receiver thins it out. */
export type Report = (
  phase: string,
  done: number,
  total: number,
  unit: 'bytes' | 'rows' | 'files' | 'steps',
) => void;
