import { type Lock, type Locker, Server as TusServer } from '@tus/server';
import { asFiberkeepError, FiberkeepError } from '#errors';
import type { Server } from '#services/server.ts';
import { holdUpload, requireReceivable } from '#services/uploads/receive-upload.ts';
import { uploadGone } from '#services/uploads/upload-gone.ts';
import { finishUpload, UPLOADS_PATH } from '#services/uploads/uploads.ts';
import type { UploadStore } from './upload-store.ts';

/** A request whose client came back on another connection is given this long to end by itself. */
const DRAIN_MS = 250;
const SENDING = ['HEAD', 'PATCH'];

/** tus 1.0 for one request: `store` holds the uploads of the person who sends it. */
export function openTusServer(server: Server, store: UploadStore): TusServer {
  const ofUploads: Locker = { newLock: (id) => new UploadLock(server, id) };
  return new TusServer({
    path: UPLOADS_PATH,
    relativeLocation: true,
    datastore: store,
    // DELETE ends the row, which ends the request that still sends; a new upload is nobody else's.
    locker: ({ method }) => (SENDING.includes(method) ? ofUploads : noLocks),
    lockDrainTimeout: DRAIN_MS,
    // No page of another site has any business here.
    allowedOrigins: [],
    onIncomingRequest: async ({ method }, id) => {
      if (SENDING.includes(method)) await requireReceivable(server, store.permitted, id);
    },
    onUploadFinish: async (_request, { id }) => {
      const job = await finishUpload(server, store.permitted, id);
      return job ? { headers: { 'fiberkeep-job': job.id } } : {};
    },
    // It comes out of `handle`, and is answered as the errors of all routes are.
    onResponseError: (_request, thrown) => {
      throw 'status_code' in thrown ? errorOfTus(thrown) : asFiberkeepError(thrown);
    },
  });
}

/** What @tus/server refuses, as an error of ours. */
function errorOfTus({ status_code, body }: { status_code: number; body: string }): FiberkeepError {
  if (status_code === 409) return new FiberkeepError('CONFLICT', { reason: 'uploadOffsetWrong' });
  if (status_code === 404 || status_code === 410) return uploadGone();
  if (status_code === 413) return new FiberkeepError('LARGER_THAN_ANNOUNCED');
  const code = status_code < 500 ? 'BAD_REQUEST' : 'INTERNAL';
  return new FiberkeepError(code, { reason: 'tusRefused', params: { detail: body.trim() } });
}

const noLocks: Locker = {
  newLock: () => ({ lock: async () => {}, unlock: async () => {} }),
};

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
