import path from 'node:path';
import { FiberkeepError } from '#errors';
import { assertObjectName, isObjectName } from './object-name.ts';
import type { ObjectStore } from './port.ts';
import type { SftpConnection } from './sftp-connection.ts';
import { hasStatus, placeMissing, Status } from './sftp-errors.ts';
import { type Entry, freeBytes, readFile, readFolder, readPart, statOf } from './sftp-files.ts';
import { NewFile } from './sftp-new-file.ts';
import { PARTIAL_SUFFIX, replaceFile } from './sftp-put.ts';
import type { SftpSession } from './sftp-session.ts';

interface FoundFile {
  readonly name: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
}

function missingObject(object: string) {
  return (cause: unknown): never => {
    throw new FiberkeepError('CHUNK_MISSING', {
      reason: 'objectMissing',
      params: { object },
      cause,
    });
  };
}

/** Objects as files below a folder of the server, which must exist. Errors are those of a place. */
export class SftpStore implements ObjectStore {
  readonly #session: SftpSession;
  readonly #root: string;
  readonly #place: string;

  constructor(session: SftpSession, root: string, place: string) {
    this.#session = session;
    this.#root = root;
    this.#place = place;
  }

  put(name: string, bytes: Uint8Array): Promise<void> {
    const upload = { root: this.#root, file: this.#pathOf(name), bytes };
    return this.#run((connection) => replaceFile(connection, upload));
  }

  putNew(name: string, bytes: Uint8Array): Promise<boolean> {
    const file = new NewFile({ root: this.#root, file: this.#pathOf(name), bytes });
    return this.#run((connection) => file.put(connection));
  }

  /** SFTP cannot make a folder durable: files are, and their names as soon as the server sees to it. */
  sync(): Promise<void> {
    return Promise.resolve();
  }

  get(name: string): Promise<Buffer> {
    const file = this.#pathOf(name);
    return this.#run((connection) => readFile(connection, file), missingObject(name));
  }

  /** Up to `bytes` bytes from `start` on. */
  part(name: string, start: number, bytes: number): Promise<Buffer> {
    const file = this.#pathOf(name);
    return this.#run((connection) => readPart(connection, file, start, bytes), missingObject(name));
  }

  has(name: string): Promise<boolean> {
    const file = this.#pathOf(name);
    return this.#run(
      async (connection) => {
        await connection.ask<unknown>((channel, done) => channel.stat(file, done));
        return true;
      },
      () => false,
    );
  }

  delete(name: string): Promise<void> {
    const file = this.#pathOf(name);
    return this.#run(
      (connection) => connection.ask((channel, done) => channel.unlink(file, done)),
      () => {},
    );
  }

  async *list(prefix: string): AsyncGenerator<FoundFile> {
    const start = prefix.slice(0, Math.max(prefix.lastIndexOf('/'), 0));
    for await (const found of this.#filesUnder(start))
      if (found.name.startsWith(prefix) && !found.name.endsWith(PARTIAL_SUFFIX)) yield found;
  }

  async tidy(before: Date): Promise<void> {
    for await (const { name, modifiedAt } of this.#filesUnder(''))
      if (name.endsWith(PARTIAL_SUFFIX) && modifiedAt < before) await this.delete(name);
  }

  freeBytes(): Promise<bigint | null> {
    return this.#run((connection) => freeBytes(connection, this.#root));
  }

  /** Throws DESTINATION_UNUSABLE where the store's folder is gone. */
  requireFolder(): Promise<void> {
    return this.#session.run((connection) => this.#requireFolder(connection));
  }

  async #requireFolder(connection: SftpConnection): Promise<void> {
    const found = await statOf(connection, this.#root);
    if (!found?.isDirectory()) throw placeMissing(this.#place);
  }

  #pathOf(name: string): string {
    assertObjectName(name);
    return path.posix.join(this.#root, name);
  }

  /** Folder by folder, so that a store of a million objects is not in memory at once. */
  async *#filesUnder(folder: string): AsyncGenerator<FoundFile> {
    for (const entry of await this.#entriesOf(folder)) {
      const name = path.posix.join(folder, entry.name);
      // Others may keep their own beside, such as `.snapshot` or `lost+found`.
      if (!isObjectName(name)) continue;
      if (entry.kind === 'folder') yield* this.#filesUnder(name);
      if (entry.kind === 'file') yield { name, bytes: entry.bytes, modifiedAt: entry.modifiedAt };
    }
  }

  #entriesOf(folder: string): Promise<Entry[]> {
    const at = path.posix.join(this.#root, folder);
    return this.#run(
      (connection) => readFolder(connection, at),
      () => [],
    );
  }

  /** `missing` answers where a file is, unless the whole folder is: a disk may be unmounted at any time. */
  #run<T>(
    work: (connection: SftpConnection) => Promise<T>,
    missing: (cause: unknown) => T = (cause) => {
      throw cause;
    },
  ): Promise<T> {
    return this.#session.run(async (connection) => {
      try {
        return await work(connection);
      } catch (cause) {
        if (!hasStatus(cause, Status.NO_SUCH_FILE)) throw cause;
        await this.#requireFolder(connection);
        return missing(cause);
      }
    });
  }
}
