import { createHash } from 'node:crypto';
import {
  type ArchiveManifest,
  decodeArchiveManifest,
  entryTime,
  MANIFEST_ENTRY,
  MAX_MANIFEST_BYTES,
} from '../container/archive-manifest.ts';
import type { BufferedReader } from '../container/buffered-reader.ts';
import { differs, larger } from '../container/refusals.ts';
import {
  describeTarHeader,
  octalSize,
  TAR_BLOCK_BYTES,
  TAR_END_BYTES,
  tarHeader,
  tarPadding,
} from '../container/tar.ts';

/**
 * The tar inside an archive, read as strictly as possible: each entry may have one header only, which is
 * compared. Nothing of a tar is parsed but the size of `manifest.json`.
 */
export class Entries {
  readonly #reader: BufferedReader;
  #modifiedAt = 0;

  constructor(reader: BufferedReader) {
    this.#reader = reader;
  }

  /**
   * The first entry, which announces the others. Its digest is compared before it is parsed. Throws
   * CONTENTS_DIFFER or FORMAT_NEWER.
   */
  async manifest(digest: Buffer): Promise<ArchiveManifest> {
    const header = await this.#header(MANIFEST_ENTRY);
    const bytes = octalSize(header) ?? 0;
    if (bytes > MAX_MANIFEST_BYTES) throw differs('archiveManifestTooLong');
    const json = await this.#reader.read(bytes);
    if (!createHash('sha256').update(json).digest().equals(digest))
      throw differs('archiveManifestReplaced');
    const manifest = decodeArchiveManifest(json);
    this.#modifiedAt = entryTime(manifest);
    this.#requireHeader(header, MANIFEST_ENTRY, bytes);
    await this.#padding(bytes);
    return manifest;
  }

  /**
   * The contents of the next entry, which must be this one; read them to the end. CONTENTS_DIFFER may be
   * thrown as late as after the last byte: nothing that was done with them counts before.
   */
  async *entry(name: string, bytes: number, sha256: string): AsyncGenerator<Buffer, void> {
    this.#requireHeader(await this.#header(name), name, bytes);
    const hash = createHash('sha256');
    for (let left = bytes; left > 0; ) {
      const piece = await this.#reader.readSome(left);
      if (piece.length === 0) throw differs('archiveEndsWithin', { entry: name });
      hash.update(piece);
      left -= piece.length;
      yield piece;
    }
    if (hash.digest('hex') !== sha256) throw differs('entryDigestDiffers', { entry: name });
    await this.#padding(bytes);
  }

  /** Only the blocks that end every tar may follow. Throws CONTENTS_DIFFER or LARGER_THAN_ANNOUNCED. */
  async end(): Promise<void> {
    const blocks = await this.#reader.read(TAR_END_BYTES);
    const [first, second] = [blocks.subarray(0, TAR_BLOCK_BYTES), blocks.subarray(TAR_BLOCK_BYTES)];
    if (!isZero(first)) throw differs('entryAfterLast', describeTarHeader(first));
    if (blocks.length < TAR_END_BYTES || !isZero(second)) throw differs('archiveEndUnmarked');
    if (!(await this.#reader.atEnd())) throw larger('archiveGoesOn');
  }

  async #header(name: string): Promise<Buffer> {
    const header = await this.#reader.read(TAR_BLOCK_BYTES);
    if (header.length < TAR_BLOCK_BYTES) throw differs('archiveEndsBefore', { entry: name });
    return header;
  }

  #requireHeader(header: Buffer, name: string, bytes: number): void {
    if (header.equals(tarHeader({ name, bytes, modifiedAt: this.#modifiedAt }))) return;
    const found = describeTarHeader(header);
    throw differs('otherEntry', { entry: name, entrySize: bytes, ...found });
  }

  async #padding(bytes: number): Promise<void> {
    const padding = await this.#reader.read(tarPadding(bytes));
    if (padding.length < tarPadding(bytes) || !isZero(padding))
      throw differs('entryPaddingAltered');
  }
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
