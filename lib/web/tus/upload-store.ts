import type { Readable } from 'node:stream';
import { DataStore, Upload } from '@tus/server';
import { FiberkeepError } from '#errors';
import type { Permit } from '#services/permit.ts';
import type { Server } from '#services/server.ts';
import { getUpload, receiveUpload, UPLOAD_KEPT_MS } from '#services/uploads/receive-upload.ts';
import { uploadGone } from '#services/uploads/upload-gone.ts';
import { cancelUpload, createUpload, finishUpload } from '#services/uploads/uploads.ts';

const DEFAULT_NAME = 'backup.tar.gz.doz';

/**
 * The uploads of one person as tus sees them. The row says what was announced, the file how much of it came.
 * `permitted` is null for somebody unknown, who may only ask what this server can do.
 */
export class UploadStore extends DataStore {
  readonly #server: Server;
  readonly #permitted: Permit<'backup.upload'> | null;

  constructor(server: Server, permitted: Permit<'backup.upload'> | null) {
    super();
    this.#server = server;
    this.#permitted = permitted;
    this.extensions = ['creation', 'termination', 'expiration'];
  }

  /** Who sends the request. Throws UNAUTHENTICATED. */
  get permitted(): Permit<'backup.upload'> {
    if (!this.#permitted) throw new FiberkeepError('UNAUTHENTICATED');
    return this.#permitted;
  }

  /** Gives `upload` the id of the row that is made for it. */
  override async create(upload: Upload): Promise<Upload> {
    const row = await createUpload(this.#server, this.permitted, {
      fileName: nameIn(upload.metadata ?? {}),
      size: BigInt(upload.size ?? 0),
    });
    upload.id = row.id;
    return upload;
  }

  override async getUpload(id: string): Promise<Upload> {
    const row = await getUpload(this.#server, id);
    const offset = await this.#server.uploads.received(id);
    if (offset === null) throw uploadGone();
    const size = Number(row.size);
    // The process may have died after the last byte, before it asked for the check.
    if (offset === size) await finishUpload(this.#server, this.permitted, id);
    return new Upload({
      id,
      offset,
      size,
      // tus adds the expiration to this date; every byte that comes puts the expiry off.
      creation_date: new Date(row.expiresAt.getTime() - UPLOAD_KEPT_MS).toISOString(),
    });
  }

  override getExpiration(): number {
    return UPLOAD_KEPT_MS;
  }

  /** What came before the body broke off stays. */
  override write(body: Readable, id: string, offset: number): Promise<number> {
    return receiveUpload(this.#server, id, offset, body);
  }

  override remove(id: string): Promise<void> {
    return cancelUpload(this.#server, this.permitted, id);
  }
}

/** Clients call the file's name either way; a key without a value is an empty name. */
function nameIn(metadata: Record<string, string | null>): string {
  const [name = DEFAULT_NAME] = [metadata.filename, metadata.name].filter(
    (value) => value !== undefined,
  );
  return name ?? '';
}
