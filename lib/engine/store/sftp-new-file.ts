import type { SftpConnection } from './sftp-connection.ts';
import { SftpFault } from './sftp-errors.ts';
import { readFile, removeFile, statOf, withHandle, writeBytes } from './sftp-files.ts';
import { orFull, type Upload, withPartial } from './sftp-put.ts';

/** A file that is to be put, never over another, in as many tries as it takes. */
export class NewFile {
  readonly #upload: Upload;
  /** What may have made the file already: its answer was lost with the connection. */
  #unanswered: 'link' | 'create' | null = null;
  #created = false;

  constructor(upload: Upload) {
    this.#upload = upload;
  }

  /** False where there is a file of that name. */
  async put(connection: SftpConnection): Promise<boolean> {
    if (!this.#created) {
      if (await this.#link(connection)) return true;
      if (await this.#exists(connection)) return this.#isOurs(connection);
    }
    return this.#create(connection);
  }

  /** A hard link is never made over another file. False: there is one, or this server or its disk has no links. */
  #link(connection: SftpConnection): Promise<boolean> {
    return withPartial(connection, this.#upload, async (partial) => {
      const made = await this.#asked('link', () =>
        connection.ask((channel, done) =>
          channel.ext_openssh_hardlink(partial, this.#upload.file, done),
        ),
      );
      await removeFile(connection, partial);
      return made === null;
    });
  }

  /** Without links: only one can create the file, but whoever reads it at once may find only part of it. */
  async #create(connection: SftpConnection): Promise<boolean> {
    const failed = await this.#asked('create', () => this.#write(connection));
    if (failed === null) return true;
    if (!this.#created && (await this.#exists(connection))) return this.#isOurs(connection);
    const told = await orFull(connection, this.#upload, failed);
    if (this.#created) await removeFile(connection, this.#upload.file);
    throw told;
  }

  /** Once created the file is ours: after a lost connection it is written again. */
  #write(connection: SftpConnection): Promise<void> {
    const { file, bytes } = this.#upload;
    return withHandle(connection, file, this.#created ? 'w' : 'wx', (handle) => {
      this.#created = true;
      return writeBytes(connection, handle, bytes);
    });
  }

  /** What the server says against it, or null. */
  async #asked(how: 'link' | 'create', work: () => Promise<void>): Promise<SftpFault | null> {
    const before = this.#unanswered;
    this.#unanswered = how;
    try {
      await work();
      return null;
    } catch (cause) {
      if (!(cause instanceof SftpFault)) throw cause;
      this.#unanswered = before;
      return cause;
    }
  }

  async #exists(connection: SftpConnection): Promise<boolean> {
    return (await statOf(connection, this.#upload.file)) !== null;
  }

  /** Of a file that is there: whether an earlier try made it. Nobody else's has the same bytes. */
  async #isOurs(connection: SftpConnection): Promise<boolean> {
    if (this.#unanswered === null) return false;
    const { file, bytes } = this.#upload;
    const found = await readFile(connection, file);
    if (found.equals(bytes)) return true;
    const begun = this.#unanswered === 'create' && found.equals(bytes.subarray(0, found.length));
    if (begun) throw new SftpFault(`The connection was lost while ${file} was made: look at it`);
    return false;
  }
}
