import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { DataStore, Upload } from '@tus/server';
import { FiberkeepError } from '#errors';
import type { Server } from '#services/server.ts';
import { uploadGone } from '#services/uploads/upload-files.ts';
import {
  cutUpload,
  getUpload,
  receivedBytes,
  receiveUpload,
  UPLOAD_KEPT_MS,
} from '#services/uploads/uploads.ts';

/** tus 1.0, "Checksum": what the client says that the body of one request hashes to. */
export interface Checksum {
  readonly algorithm: string;
  readonly digest: Buffer;
}

/** The checksum of the request that is being handled, for the store that takes its body. */
export const checksumOfRequest = new AsyncLocalStorage<Checksum | null>();

/** Uploads as tus sees them: the row says what was announced, the file how much of it is here. */
export class UploadStore extends DataStore {
  readonly #server: Server;

  constructor(server: Server) {
    super();
    this.#server = server;
    this.extensions = ['creation', 'termination', 'expiration', 'checksum'];
  }

  override async getUpload(id: string): Promise<Upload> {
    const row = await getUpload(this.#server, id);
    const offset = await receivedBytes(this.#server, id);
    if (offset === null) throw uploadGone();
    return new Upload({
      id,
      offset,
      size: Number(row.size),
      // From it tus counts to the expiry, which every byte that comes puts off.
      creation_date: new Date(row.expiresAt.getTime() - UPLOAD_KEPT_MS).toISOString(),
    });
  }

  override getExpiration(): number {
    return UPLOAD_KEPT_MS;
  }

  /** What came before the body broke off stays, unless the client gave a checksum for all of it. */
  override async write(body: Readable, id: string, offset: number): Promise<number> {
    const checksum = checksumOfRequest.getStore() ?? null;
    const hash = checksum && createHash(checksum.algorithm);
    try {
      const received = await receiveUpload(
        this.#server,
        id,
        offset,
        hash ? hashed(body, hash) : body,
      );
      if (!checksum || hash?.digest().equals(checksum.digest)) return received;
    } catch (thrown) {
      if (checksum) await cutUpload(this.#server, id, offset);
      throw thrown;
    }
    await cutUpload(this.#server, id, offset);
    throw new FiberkeepError('CHECKSUM_MISMATCH', {
      reason: 'checksumWrong',
      params: { offset },
    });
  }
}

async function* hashed(body: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer, void> {
  for await (const piece of body) {
    hash.update(piece);
    yield piece;
  }
}
