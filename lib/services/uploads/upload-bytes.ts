import type { ArchiveSource } from '#engine/archive/read/source.ts';

/** The bytes of uploads until they are checked, by the uploads' ids. */
export interface UploadBytes {
  /** Makes room for an upload without a byte. */
  create(id: string): Promise<void>;
  /** How many bytes are here, from the first on; null where the upload is gone. */
  received(id: string): Promise<number | null>;
  /**
   * Writes `source` after the first `offset` bytes, durably, and answers how many there are then. Throws UPLOAD_GONE,
   * DISK_FULL, or what `source` throws; the bytes before that stay. One writer at a time.
   */
  append(
    id: string,
    offset: number,
    source: AsyncIterable<Uint8Array>,
    onProgress: (bytes: number) => void,
  ): Promise<number>;
  /** Throws UPLOAD_GONE. */
  open(id: string): Promise<ArchiveSource & AsyncDisposable>;
  /** No error where there is none. */
  remove(id: string): Promise<void>;
  /** Uploads that have bytes here, with when the last of them came. */
  list(): AsyncIterable<{ readonly id: string; readonly modifiedAt: Date }>;
}
