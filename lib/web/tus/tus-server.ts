import { type Lock, Server as TusServer } from '@tus/server';
import { asRewindError, RewindError } from '../../errors/index.ts';
import { uploadGone } from '../../services/archives/upload-files.ts';
import { finishUpload, holdUpload } from '../../services/archives/uploads.ts';
import type { Server } from '../../services/server.ts';
import { UploadStore } from './upload-store.ts';

export const UPLOADS_PATH = '/api/uploads';
/** A request whose client came back on another connection is given this long to end by itself. */
const DRAIN_MS = 250;

/** HEAD and PATCH of tus 1.0 over the uploads of `server`; whoever calls it has checked whose they are. */
export function openTusServer(server: Server): TusServer {
  return new TusServer({
    path: UPLOADS_PATH,
    datastore: new UploadStore(server),
    locker: { newLock: (id) => new UploadLock(server, id) },
    lockDrainTimeout: DRAIN_MS,
    // No page of another site has any business here.
    allowedOrigins: [],
    onUploadFinish: async (_request, { id }) => {
      const job = await finishUpload(server, id);
      return job ? { headers: { 'rewind-job': job.id } } : {};
    },
    // It comes out of `handle`, and is answered as the errors of all routes are.
    onResponseError: (_request, thrown) => {
      throw 'status_code' in thrown ? errorOfTus(thrown) : asRewindError(thrown);
    },
  });
}

/** What @tus/server refuses, in our words. */
function errorOfTus({ status_code, body }: { status_code: number; body: string }): RewindError {
  if (status_code === 409)
    return new RewindError('CONFLICT', 'The bytes do not begin where the upload ends.', {
      hint: 'Ask for its Upload-Offset by HEAD, and send what follows it.',
    });
  if (status_code === 404 || status_code === 410) return uploadGone();
  if (status_code === 413)
    return new RewindError('LARGER_THAN_ANNOUNCED', 'More came than was announced.', {
      hint: 'Announce the upload anew, with the size that the file has.',
    });
  const hint = 'The tus protocol, 1.0, says what a request carries.';
  return new RewindError(status_code < 500 ? 'BAD_REQUEST' : 'INTERNAL', body.trim(), { hint });
}

/** One request holds an upload at a time, over all processes. */
class UploadLock implements Lock {
  readonly #server: Server;
  readonly #id: string;
  #held: { release(): Promise<void> } | null = null;

  constructor(server: Server, id: string) {
    this.#server = server;
    this.#id = id;
  }

  async lock(signal: AbortSignal, letGo: () => void | Promise<void>): Promise<void> {
    this.#held = await holdUpload(this.#server, this.#id, signal, () => void letGo());
  }

  async unlock(): Promise<void> {
    await this.#held?.release();
  }
}
