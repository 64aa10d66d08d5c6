import { createHash } from 'node:crypto';
import { asFiberkeepError, FiberkeepError } from '#errors';
import { isMissing, readFile, readFileList, readTable } from '../backup/read.ts';
import { fetchingAhead } from '../chunks/fetch-ahead.ts';
import { type FileEntry, FilesSummary } from '../files/file-list.ts';
import type { ChunkRef, Manifest, ManifestTable, Report } from '../ports.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';

export interface FindDamageRequest {
  readonly store: ObjectStore;
  readonly keys: ServerKeys;
  readonly manifest: Manifest;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** A part of a backup that does not come back as the manifest says. */
export interface Problem {
  readonly kind: 'table' | 'file' | 'file list';
  /** The table's name or the file's SHA-256. */
  readonly name: string;
  readonly error: FiberkeepError;
  /** At least one of these is damaged. None for a table: the next backup opens its chunks anyhow. */
  readonly chunks: readonly ChunkRef[];
}

export interface FoundDamage {
  readonly tables: number;
  readonly files: number;
  /** Read and found intact, of tables and files. */
  readonly bytes: number;
  /** Empty: all of it comes back. Only the first hundred are named. */
  readonly problems: readonly Problem[];
}

const MOST_PROBLEMS = 100;
const NEWLINE = 10;

/**
 * Reads the whole backup back to name all that is damaged: opens every chunk and compares every table and
 * file with the manifest in rows, bytes and digests. Returns damage; throws the signal's reason and errors
 * of the machine.
 */
export async function findDamage(request: FindDamageRequest): Promise<FoundDamage> {
  const search = new DamageSearch(request);
  for (const table of request.manifest.tables) await search.table(table);
  await search.fileList();
  return search.result();
}

class DamageSearch {
  readonly #request: FindDamageRequest;
  readonly #problems: Problem[] = [];
  readonly #total: number;
  #bytes = 0;
  #files = 0;

  constructor(request: FindDamageRequest) {
    this.#request = request;
    const { tables, files } = request.manifest;
    const tableBytes = tables.reduce((sum, table) => sum + table.bytes, 0);
    this.#total = tableBytes + (files.list.length > 0 ? files.bytes : 0);
  }

  result(): FoundDamage {
    const tables = this.#request.manifest.tables.length;
    return { tables, files: this.#files, bytes: this.#bytes, problems: this.#problems };
  }

  async table(table: ManifestTable): Promise<void> {
    const { store, keys } = this.#request;
    await this.#note({ kind: 'table', name: table.name, chunks: [] }, async () => {
      const hash = createHash('sha256');
      let rows = 0;
      let bytes = 0;
      for await (const piece of readTable(store, keys, table)) {
        hash.update(piece);
        rows += countRows(piece);
        bytes += piece.length;
        this.#advance(piece.length);
      }
      requireSameTable(table, { rows, bytes, sha256: hash.digest('hex') });
    });
  }

  async fileList(): Promise<void> {
    const { store, keys, manifest } = this.#request;
    if (!manifest.metadata.includesFiles) return;
    const ahead = fetchingAhead(store);
    await this.#note({ kind: 'file list', name: '', chunks: manifest.files.list }, async () => {
      const list = new FilesSummary();
      const entries = readFileList(store, keys, manifest);
      for await (const entry of ahead.over(entries, ({ chunks }) => chunks)) {
        list.add(entry);
        this.#files++;
        if (isMissing(entry)) continue;
        const part = { kind: 'file', name: entry.sha256, chunks: entry.chunks } as const;
        await this.#note(part, () => this.#file(ahead.store, entry));
      }
      requireSameFiles(manifest.files, list.finish([]));
    });
  }

  async #file(store: ObjectStore, entry: FileEntry): Promise<void> {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const piece of readFile(store, this.#request.keys, entry)) {
      hash.update(piece);
      bytes += piece.length;
      this.#advance(piece.length);
    }
    requireSameFile(entry, { bytes, sha256: hash.digest('hex') });
  }

  /** Notes damage; anything else ends the search. */
  async #note(part: Omit<Problem, 'error'>, work: () => Promise<void>): Promise<void> {
    this.#request.signal.throwIfAborted();
    try {
      await work();
    } catch (thrown) {
      const error = asFiberkeepError(thrown);
      if (!DAMAGE.has(error.code)) throw thrown;
      if (this.#problems.length < MOST_PROBLEMS) this.#problems.push({ ...part, error });
    }
  }

  #advance(bytes: number): void {
    this.#request.signal.throwIfAborted();
    this.#bytes += bytes;
    this.#request.report('readBack', this.#bytes, Math.max(this.#total, this.#bytes), 'bytes');
  }
}

const DAMAGE: ReadonlySet<string> = new Set([
  'CHUNK_MISSING',
  'CHUNK_CORRUPT',
  'WRONG_KEY',
  'TEST_FAILED',
]);

function countRows(piece: Buffer): number {
  let rows = 0;
  for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, at + 1)) rows++;
  return rows;
}

type Bytes = Pick<FileEntry, 'bytes' | 'sha256'>;
type TableBytes = Pick<ManifestTable, 'rows' | 'bytes'> & { readonly sha256: string };
type Files = Pick<Manifest['files'], 'count' | 'bytes' | 'digest'>;

function requireSameTable(table: ManifestTable, found: TableBytes): void {
  const { rows, bytes } = table;
  // Without a SHA-256 the digest of the rope, compared by `readTable`, fixes the contents.
  const sha256 = table.sha256 ?? found.sha256;
  if (rows === found.rows && bytes === found.bytes && sha256 === found.sha256) return;
  throw new FiberkeepError('TEST_FAILED', {
    reason: 'tableDiffers',
    params: {
      table: table.name,
      rows,
      size: bytes,
      sha256,
      foundRows: found.rows,
      foundSize: found.bytes,
      foundSha256: found.sha256,
    },
  });
}

function requireSameFiles({ count, bytes, digest }: Files, found: Files): void {
  if (count === found.count && bytes === found.bytes && digest === found.digest) return;
  throw new FiberkeepError('TEST_FAILED', {
    reason: 'fileListDiffers',
    params: {
      files: count,
      size: bytes,
      sha256: digest,
      foundFiles: found.count,
      foundSize: found.bytes,
      foundSha256: found.digest,
    },
  });
}

function requireSameFile({ bytes, sha256 }: Bytes, found: Bytes): void {
  if (bytes === found.bytes && sha256 === found.sha256) return;
  throw new FiberkeepError('TEST_FAILED', {
    reason: 'fileDiffers',
    params: { sha256, size: bytes, foundSize: found.bytes, foundSha256: found.sha256 },
  });
}
