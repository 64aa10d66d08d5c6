import type { StoredBackup } from '#engine/backup/create.ts';
import { writeManifest } from '#engine/backup/manifest.ts';
import { type ChunkWriter, openChunkWriter } from '#engine/chunks/chunk-writer.ts';
import { type Cutter, openCutter } from '#engine/files/cut.ts';
import type { ListedFile } from '#engine/files/file-list.ts';
import { FileListBuilder } from '#engine/files/file-list.ts';
import { type StoredContent, storeContent } from '#engine/files/store-content.ts';
import type {
  ChunkIndex,
  ChunkRef,
  Manifest,
  ManifestTable,
  StructureVersion,
} from '#engine/ports.ts';
import type { RowPiece } from '#engine/postgres/copy-out.ts';
import { buildRope, earlierTable } from '#engine/rope/build-rope.ts';
import type { ObjectStore } from '#engine/store/port.ts';
import { FiberkeepError } from '#errors';
import type { ArchiveManifest, ArchiveTable } from '../container/archive-manifest.ts';
import { type ArchiveVisitor, type ReadRequest, readArchive } from './read-archive.ts';

export interface CheckRequest extends ReadRequest {
  readonly store: ObjectStore;
  readonly index: ChunkIndex;
  /** A backup that probably shares rows with the archive: shared rows cost nothing. */
  readonly previous: Manifest | null;
  readonly structure: StructureVersion;
  /** No other attempt has it, so two workers never write one manifest. */
  readonly fencingToken: bigint;
}

export interface CheckedArchive extends StoredBackup {
  /** The manifest.json inside. */
  readonly inner: ArchiveManifest;
}

/** Files whose chunks are still being stored while later ones are read. */
const PENDING_FILES = 1024;

/**
 * Checks an uploaded archive to the last byte and stores its contents as this server's chunks; known chunks
 * cost nothing. As with `createBackup`, it counts only when the caller commits `manifestObject` to the
 * catalogue. What was stored before a refusal is garbage for the sweep. The manifest keeps the backup's id
 * and metadata. Throws what `readArchive` throws, DISK_FULL, TEST_FAILED.
 */
export async function checkArchive(request: CheckRequest): Promise<CheckedArchive> {
  const { keys, store, index } = request;
  const stop = new AbortController();
  const signal = AbortSignal.any([request.signal, stop.signal]);
  const writer = openChunkWriter({ store, keys, index, signal });
  try {
    const storing = new Storing(request, writer);
    const inner = await readArchive(request, storing);
    const manifest = await storing.finish(inner);
    request.report('finish', 0, 0, 'steps');
    await writer.finish();
    const written = await writeManifest({ ...request, signal }, manifest);
    return {
      inner,
      manifest,
      manifestObject: written.object,
      manifestSha256: written.sha256,
      storedBytes: writer.storedBytes() + written.bytes,
      fileCount: manifest.files.count,
      fileBytes: manifest.files.bytes,
      tableBytes: inner.tables.reduce((sum, table) => sum + table.bytes, 0),
      missingFiles: storing.missing,
    };
  } catch (error) {
    stop.abort(error);
    // After this returns nothing writes into the store.
    await writer.finish().catch(() => {});
    throw error;
  }
}

/** Stores tables and files as they are read. */
class Storing implements ArchiveVisitor {
  readonly missing: string[] = [];
  readonly #request: CheckRequest;
  readonly #writer: ChunkWriter;
  readonly #cutter: Cutter;
  readonly #list: FileListBuilder;
  readonly #tables: Promise<ManifestTable>[] = [];
  readonly #pending: { file: ListedFile; refs: readonly Promise<ChunkRef>[] }[] = [];

  constructor(request: CheckRequest, writer: ChunkWriter) {
    this.#request = request;
    this.#writer = writer;
    this.#cutter = openCutter(request.keys.chunkId);
    this.#list = new FileListBuilder(writer);
  }

  async begin(): Promise<void> {}

  async table(table: ArchiveTable, rows: AsyncIterable<RowPiece>): Promise<void> {
    const { name, columns, sha256 } = table;
    const earlier = earlierTable(this.#request.previous, table);
    const builder = await buildRope({ ...this.#request, writer: this.#writer }, rows, earlier);
    if (earlier && builder.readBackSha256() !== sha256) throw notAsRead(name);
    const built = builder.finish().then((rope) => {
      if (rope.rows !== table.rows || rope.bytes !== table.bytes) throw notAsRead(name);
      const { rows, bytes, digest, refs } = rope;
      return { name, columns, rows, bytes, sha256, digest, rope: refs };
    });
    built.catch(() => {});
    this.#tables.push(built);
  }

  async file(file: ListedFile, content: AsyncIterable<Buffer> | null): Promise<void> {
    const none: StoredContent = { bytes: 0, refs: [] };
    const stored = content
      ? await storeContent(this.#writer, this.#cutter, content, this.#request.signal)
      : none;
    if (file.missing) this.missing.push(file.sha256);
    this.#pending.push({ file, refs: stored.refs });
    if (this.#pending.length >= PENDING_FILES) await this.#settleFiles(PENDING_FILES / 2);
  }

  /** The manifest, when every chunk that it names has its reference. */
  async finish(inner: ArchiveManifest): Promise<Manifest> {
    await this.#settleFiles(0);
    const { count, bytes, digest } = inner.files;
    const { format, metadata, structure } = inner;
    const tables = await Promise.all(this.#tables);
    const list = await this.#list.finish();
    return { format, metadata, structure, tables, files: { count, bytes, digest, list } };
  }

  async #settleFiles(left: number): Promise<void> {
    while (this.#pending.length > left) {
      const next = this.#pending.shift();
      if (!next) return;
      const { sha256, bytes } = next.file;
      await this.#list.add({ sha256, bytes, chunks: await Promise.all(next.refs) });
    }
  }
}

function notAsRead(table: string): FiberkeepError {
  return new FiberkeepError('TEST_FAILED', { reason: 'tableNotAsUploaded', params: { table } });
}
