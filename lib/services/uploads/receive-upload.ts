import { notFound } from '#errors';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { uploadGone } from './upload-gone.ts';
import { holdUpload as lockForRequest } from './upload-lock-rows.ts';
import { findUploadRow, keepUpload, type UploadRow } from './upload-rows.ts';
import { findUpload } from './uploads.ts';

export { UPLOAD_KEPT_MS } from './upload-rows.ts';

/** While bytes come, the expiry is put off this often. */
const KEEP_EVERY_MS = 60_000;

/** Throws NOT_FOUND where the upload is not the actor's, UPLOAD_GONE where it has ended. */
export async function requireReceivable(
  server: Server,
  permit: Permit<'backup.upload'>,
  id: string,
): Promise<void> {
  const upload = await findUpload(server, permit, id);
  if (!upload) throw notFound('upload');
  if (!isKept(upload)) throw uploadGone();
}

/** The row of anybody's upload. Throws UPLOAD_GONE. */
export async function getUpload({ vault }: Server, id: string): Promise<UploadRow> {
  const upload = await findUploadRow(vault, id);
  if (!upload) throw uploadGone();
  return upload;
}

/** Holds the upload for one request, over all processes. `onWanted` is called when another request asks for it. */
export function holdUpload(
  { databaseUrl, vault }: Server,
  uploadId: string,
  signal: AbortSignal,
  onWanted: () => void,
): Promise<{ release(): Promise<void> }> {
  return lockForRequest({ databaseUrl, db: vault, uploadId, signal, onWanted });
}

/**
 * Writes `source` from `offset` on and answers how many bytes there are then. The upload does not expire while
 * bytes come. Throws UPLOAD_GONE, DISK_FULL, and what `source` throws.
 */
export async function receiveUpload(
  server: Server,
  id: string,
  offset: number,
  source: AsyncIterable<Uint8Array>,
): Promise<number> {
  let kept = Date.now();
  const keep = () => keepUpload(server.vault, id).catch(() => {});
  try {
    const received = await server.uploads.append(id, offset, source, () => {
      if (Date.now() - kept < KEEP_EVERY_MS) return;
      kept = Date.now();
      void keep();
    });
    // Somebody took it back meanwhile, and removed the file.
    if (!isKept(await getUpload(server, id))) throw uploadGone();
    return received;
  } finally {
    await keep();
  }
}

function isKept({ status }: UploadRow): boolean {
  return status === 'RECEIVING' || status === 'CHECKING';
}
