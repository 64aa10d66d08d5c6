/** The types that the engine and its callers share, and what a caller hands in. */
import type { Client } from 'pg';

/** AUTOMATIC: of a night; INTRADAY: between two nights; SAFETY: of a plant that a restore replaced. */
export type BackupKind = 'MANUAL' | 'AUTOMATIC' | 'INTRADAY' | 'SAFETY' | 'UPLOADED';

export const authorKinds = ['PERSON', 'COMMAND_LINE', 'ENVIRONMENT', 'SERVER'] as const;
export type AuthorKind = (typeof authorKinds)[number];

/** Who did something. The name is kept too, because a swap may remove the account of the id. */
export interface Author {
  readonly kind: AuthorKind;
  /** Only a person has one. */
  readonly id: string | null;
  /** A person's name at that time, or the login of the command line; empty for others. */
  readonly name: string;
}

export const givenNameKinds = ['AUTOMATIC', 'BEFORE_RESTORE', 'BEFORE_UNDO'] as const;
export type GivenNameKind = (typeof givenNameKinds)[number];

/** The parts of a name that the server gave to a backup, so that it can be said in any language. */
export type GivenName = {
  readonly kind: GivenNameKind;
  /** For BEFORE_…: the kind of the restored backup's name, and so on inward, as far as the server gave them. */
  readonly of: readonly GivenNameKind[];
  /** Where the innermost kind is AUTOMATIC: the night, by the clock of its schedule. */
  readonly at: { readonly localDate: string; readonly time: string } | null;
  /** Where the innermost kind is BEFORE_…: the name that people gave to the restored backup. */
  readonly backupName: string | null;
};

/** The ordered migrations (name, SHA-256 of the SQL in hex) that made a plant's structure. */
export type StructureVersion = readonly { readonly name: string; readonly checksum: string }[];

/** A table as COPY sees it: the columns that are not generated, in any order. */
export interface TableShape {
  readonly name: string;
  readonly columns: readonly string[];
}

/** A table, or columns of one, that no restore brings back. */
export type NotRestorable = {
  readonly table: string;
  /** Null: all of the table. */
  readonly columns: string[] | null;
  /**
   * MADE_BY_HAND: no migration makes it. A backup holds it, and a restore leaves it out. MISSING: a migration makes
   * it, and somebody dropped it. The backup then cannot be restored at all.
   */
  readonly reason: 'MADE_BY_HAND' | 'MISSING';
};

/** What people see of a backup; part of the manifest. Dates are ISO 8601 UTC. */
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

/** `none`: uncompressed. `brotli`: quality 1, window 18. Recorded with each chunk, authenticated. */
export type ChunkCodec = 'none' | 'brotli';

/** A chunk, and which writing of it: together they name its object, so reading needs no look-up. */
export interface ChunkRef {
  /** HMAC-SHA-256(id key, plaintext), 64 hex digits. */
  readonly id: string;
  readonly generation: bigint;
  readonly codec: ChunkCodec;
  readonly plainBytes: number;
}

export interface ManifestTable {
  readonly name: string;
  /** What COPY writes: every column that is not generated, in attribute order. */
  readonly columns: readonly string[];
  readonly rows: number;
  /** Of the COPY text. */
  readonly bytes: number;
  /** SHA-256 of the whole COPY text, hex; null where the backup did not read the whole table. */
  readonly sha256: string | null;
  /** Of the rope, hex (FORMAT.md, "Table digest"): it fixes the COPY text too. */
  readonly digest: string;
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
  /** The files that posts name, even if the backup does not hold them (`list` is empty then). */
  readonly files: ManifestFiles;
}

/**
 * The catalogue of chunks in PostgreSQL, as one running job sees it. Every chunk that it returns stays pinned
 * until the job ends.
 */
export interface ChunkIndex {
  /**
   * For each plaintext id in turn: a stored, uncondemned chunk, or a new generation reserved for this job to
   * write (`stored: false`). Each call is atomic.
   */
  reserve(
    chunks: readonly { id: string; codec: ChunkCodec; plainBytes: number }[],
  ): Promise<readonly { ref: ChunkRef; stored: boolean }[]>;
  /** Records that the reserved chunks are durable in the store. Throws LEASE_LOST. */
  confirm(chunks: readonly { ref: ChunkRef; storedBytes: number }[]): Promise<void>;
  /** Pins chunks of an earlier backup. Returns those that cannot be used any more (gone or condemned). */
  pin(refs: readonly ChunkRef[]): Promise<readonly ChunkRef[]>;
  /**
   * Enters chunks of a backup that comes back under the names that they had. Answers those to write, which
   * `confirm` ends; all others are stored already, and pinned.
   */
  adopt(refs: readonly ChunkRef[]): Promise<readonly ChunkRef[]>;
  /** Marks chunks that were found missing or altered: `reserve` and `pin` never rely on them again. */
  distrust(refs: readonly ChunkRef[]): Promise<void>;
}

/** The contents of the posts' files, by SHA-256 (hex). */
export interface FileContents {
  /** Streams the bytes; throws FILE_MISSING when there is none. */
  read(sha256: string): AsyncIterable<Uint8Array>;
  has(sha256: string): Promise<boolean>;
  /** As `has`, for whoever asks about `count` times. What is written meanwhile may be answered either way. */
  asking(count: number): Promise<(sha256: string) => Promise<boolean>>;
  /** Stores a content under its SHA-256, durable when done. Throws DIGEST_MISMATCH where it does not fit. */
  write(sha256: string, bytes: AsyncIterable<Uint8Array>): Promise<void>;
}

/**
 * Opens one more connection as the plant's owner; the caller ends it. Its `error` event has a listener, so
 * that a lost connection fails the statement under way and does not end the process.
 */
export type Connect = () => Promise<Client>;

/** A `total` of 0 is unknown yet. Called often; the receiver drops what it does not need. */
export type Report = (
  phase: string,
  done: number,
  total: number,
  unit: 'bytes' | 'rows' | 'files' | 'steps',
) => void;
