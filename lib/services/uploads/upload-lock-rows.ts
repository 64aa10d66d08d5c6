import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { FiberkeepError } from '#errors';
import { publish } from '#events/channel.ts';
import { subscribe } from '#events/hub.ts';
import type { VaultTransaction } from '#vault/client.ts';

const RETRY_MS = 100;
const PATIENCE_MS = 30_000;

interface LockRequest {
  readonly databaseUrl: string;
  readonly db: VaultTransaction;
  readonly uploadId: string;
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** Another request asks for the upload, or the lock is lost: release it soon. */
  readonly onWanted: () => void;
}

/**
 * Holds one upload for one request until `release`, over all processes on this database. It is an advisory
 * lock on a connection of its own, so it ends with the process. A waiting request asks the holder to let go,
 * because a reconnected client is back before its old request fails. Throws CONFLICT after 30 s.
 */
export async function holdUpload(request: LockRequest): Promise<{ release(): Promise<void> }> {
  const client = new pg.Client({ connectionString: request.databaseUrl, keepAlive: true });
  client.on('error', () => request.onWanted());
  try {
    await client.connect();
    await client.query('BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0');
    await acquire(client, request);
  } catch (thrown) {
    await client.end().catch(() => {});
    throw thrown;
  }
  const events = subscribe(request.databaseUrl);
  void (async () => {
    for await (const { kind, id } of events)
      if (kind === 'UPLOAD_WANTED' && id === request.uploadId) request.onWanted();
  })();
  return {
    async release() {
      events.close();
      await client.end().catch(() => {});
    },
  };
}

async function acquire(client: pg.Client, { db, uploadId, signal }: LockRequest): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; ; ) {
    const { rows } = await client.query<{ locked: boolean }>(
      `SELECT pg_try_advisory_xact_lock(hashtextextended('fiberkeep: upload ' || $1, 0)) AS locked`,
      [uploadId],
    );
    if (rows[0]?.locked) return;
    if (Date.now() > deadline) throw new FiberkeepError('CONFLICT', { reason: 'uploadBeingSent' });
    await publish(db, { kind: 'UPLOAD_WANTED', id: uploadId });
    await sleep(RETRY_MS, undefined, { signal });
  }
}
