import { createHash } from 'node:crypto';
import { asRewindError, RewindError } from '../errors/index.ts';
import type { FileEntry } from './files/file-list.ts';
import type { ServerKeys } from './keys.ts';
import { isMissing, readFile, readFileList, readTable } from './read-backup.ts';
import type { ChunkRef, Manifest, ManifestTable, ObjectStore, Report } from './types.ts';

export interface VerifyRequest {
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
  readonly error: RewindError;
  /** One of these at least is damaged. None for a table: who makes a backup of it again opens its chunks. */
  readonly chunks: readonly ChunkRef[];
}

export interface VerifiedBackup {
  readonly tables: number;
  readonly files: number;
  /** Read and proven, tables and files. */
  readonly bytes: number;
  /** Empty: all of it comes back. Of very many only the first are told. */
  readonly problems: readonly Problem[];
}

const MOST_PROBLEMS = 100;
const NEWLINE = 10;

/**
 * Reads the whole backup back: every chunk is opened, every table and file compared with the manifest in
 * rows, bytes and SHA-256. Damage is answered, not thrown; throws the signal's reason and errors of the
 * machine.
 */
export async function verifyBackup(request: VerifyRequest): Promise<VerifiedBackup> {
  const verifying = new Verifying(request);
  for (const table of request.manifest.tables) await verifying.table(table);
  await verifying.fileList();
  return verifying.result();
}

class Verifying {
  private readonly request: VerifyRequest;
  private readonly problems: Problem[] = [];
  private readonly total: number;
  private bytes = 0;
  private files = 0;

  constructor(request: VerifyRequest) {
    this.request = request;
    const { tables, files } = request.manifest;
    const tableBytes = tables.reduce((sum, table) => sum + table.bytes, 0);
    this.total = tableBytes + (files.list.length > 0 ? files.bytes : 0);
  }

  result(): VerifiedBackup {
    const tables = this.request.manifest.tables.length;
    return { tables, files: this.files, bytes: this.bytes, problems: this.problems };
  }

  async table(table: ManifestTable): Promise<void> {
    const { store, keys } = this.request;
    await this.note({ kind: 'table', name: table.name, chunks: [] }, async () => {
      const hash = createHash('sha256');
      let rows = 0;
      let bytes = 0;
      for await (const piece of readTable(store, keys, table)) {
        hash.update(piece);
        rows += countRows(piece);
        bytes += piece.length;
        this.advance(piece.length);
      }
      const found = `${rows} rows, ${bytes} bytes, SHA-256 ${hash.digest('hex')}`;
      const told = `${table.rows} rows, ${table.bytes} bytes, SHA-256 ${table.sha256}`;
      if (found !== told) throw differs(`The table ${table.name}`, told, found);
    });
  }

  async fileList(): Promise<void> {
    const { store, keys, manifest } = this.request;
    if (!manifest.metadata.includesFiles) return;
    await this.note({ kind: 'file list', name: '', chunks: manifest.files.list }, async () => {
      const list = createHash('sha256');
      let bytes = 0;
      for await (const entry of readFileList(store, keys, manifest)) {
        list.update(`${entry.sha256} ${entry.bytes}\n`);
        bytes += entry.bytes;
        this.files++;
        if (isMissing(entry)) continue;
        const part = { kind: 'file', name: entry.sha256, chunks: entry.chunks } as const;
        await this.note(part, () => this.file(entry));
      }
      const found = `${this.files} files, ${bytes} bytes, SHA-256 ${list.digest('hex')}`;
      const { files } = manifest;
      const told = `${files.count} files, ${files.bytes} bytes, SHA-256 ${files.digest}`;
      if (found !== told) throw differs('The list of files', told, found);
    });
  }

  private async file(entry: FileEntry): Promise<void> {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const piece of readFile(this.request.store, this.request.keys, entry)) {
      hash.update(piece);
      bytes += piece.length;
      this.advance(piece.length);
    }
    const found = `${bytes} bytes, SHA-256 ${hash.digest('hex')}`;
    const told = `${entry.bytes} bytes, SHA-256 ${entry.sha256}`;
    if (found !== told) throw differs(`The file ${entry.sha256}`, told, found);
  }

  /** Damage is a finding; anything else ends the verification. */
  private async note(part: Omit<Problem, 'error'>, work: () => Promise<void>): Promise<void> {
    this.request.signal.throwIfAborted();
    try {
      await work();
    } catch (thrown) {
      const error = asRewindError(thrown);
      if (!DAMAGE.has(error.code)) throw thrown;
      if (this.problems.length < MOST_PROBLEMS) this.problems.push({ ...part, error });
    }
  }

  private advance(bytes: number): void {
    this.request.signal.throwIfAborted();
    this.bytes += bytes;
    this.request.report('verify', this.bytes, Math.max(this.total, this.bytes), 'bytes');
  }
}

const DAMAGE: ReadonlySet<string> = new Set([
  'CHUNK_MISSING',
  'CHUNK_CORRUPT',
  'WRONG_KEY',
  'VERIFY_FAILED',
]);

function countRows(piece: Buffer): number {
  let rows = 0;
  for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, at + 1)) rows++;
  return rows;
}

function differs(what: string, told: string, found: string): RewindError {
  return new RewindError('VERIFY_FAILED', `${what} should have ${told}, but has ${found}.`, {
    hint: 'Keep another backup: this one does not come back as it was.',
  });
}
