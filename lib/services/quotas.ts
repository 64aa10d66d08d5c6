import { FiberkeepError } from '#errors';
import type { Actor } from '#vault/actor.ts';
import type { SqlRunner } from '#vault/client.ts';
import { countUse, type RateLimit, returnUse } from '#vault/rate-limits.ts';
import { lockPerson, openJobsOf, openStagesOf } from './quota-rows.ts';
import type { Server } from './server.ts';

/** Jobs of one person that wait or run, whoever of their keys asked for them. */
export const MOST_JOBS = 5;
/** Stages of one person that are made or kept. Each takes as much of the database as the network. */
export const MOST_STAGES = 3;

const KB = 1024;
const GB = 1024 ** 3;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Where a client does not say how much it sends, so much is counted at a time. */
const STEP_BYTES = 16 * 1024 ** 2;

/**
 * Throws TOO_MANY where the person has MOST_JOBS already. Holds until the transaction ends, so that two requests
 * at once do not pass together. The server and its operator have no quota.
 */
export async function requireJobQuota(tx: SqlRunner, { id }: Actor): Promise<void> {
  if (id === null) return;
  await lockPerson(tx, id);
  if ((await openJobsOf(tx, id)) < MOST_JOBS) return;
  throw new FiberkeepError('TOO_MANY', { reason: 'tooManyJobs', params: { max: MOST_JOBS } });
}

/** As `requireJobQuota`, of stages. */
export async function requireStageQuota(tx: SqlRunner, { id }: Actor): Promise<void> {
  if (id === null) return;
  await lockPerson(tx, id);
  if ((await openStagesOf(tx, id)) < MOST_STAGES) return;
  throw new FiberkeepError('TOO_MANY', { reason: 'tooManyStages', params: { max: MOST_STAGES } });
}

/** Bytes of files that one request counts against its person's day. Disposing gives back what was not kept. */
export interface FileQuota extends AsyncDisposable {
  /** Throws TOO_MANY where `bytes` more are past the day's. */
  take(bytes: number): Promise<void>;
  /** All bytes that were taken stay counted. */
  keep(): void;
}

/**
 * Counts the bytes that a client announces, before one is read. The day begins with its first file. Throws
 * TOO_MANY.
 */
export async function openFileQuota(
  server: Pick<Server, 'vault' | 'config'>,
  { id }: Actor,
  announcedBytes: number,
): Promise<FileQuota> {
  const maxBytes = server.config.fileGbPerDay * GB;
  const key = `files:user:${id}`;
  /** Kibibytes. */
  let counted = 0;
  let kept = 0;
  let taken = 0;

  async function count(bytes: number): Promise<void> {
    const points = Math.ceil(bytes / KB);
    const limit: RateLimit = { points: maxBytes / KB, windowMs: DAY_MS };
    const state = await countUse(server.vault, key, limit, points);
    counted += points;
    if (!state.allowed) throw tooManyBytes(maxBytes, state.retryAfterSeconds);
  }

  const giveBack = async (points: number) => {
    if (points > 0) await returnUse(server.vault, key, points);
    counted -= points;
  };
  const quota: FileQuota = {
    async take(bytes) {
      taken += bytes;
      if (id === null || taken <= counted * KB) return;
      await count(STEP_BYTES).catch(async () => {
        await giveBack(Math.ceil(STEP_BYTES / KB));
        await count(taken - counted * KB);
      });
    },
    keep() {
      kept = Math.ceil(taken / KB);
    },
    [Symbol.asyncDispose]: () => giveBack(counted - kept),
  };
  if (id === null || announcedBytes === 0) return quota;
  await count(announcedBytes).catch(async (thrown) => {
    await giveBack(counted);
    throw thrown;
  });
  return quota;
}

function tooManyBytes(maxBytes: number, retryAfterSeconds: number): FiberkeepError {
  const againAt = new Date(Date.now() + retryAfterSeconds * 1000).toISOString();
  return new FiberkeepError('TOO_MANY', {
    reason: 'tooManyFileBytes',
    params: { maxBytes, againAt },
    retryAfterSeconds,
  });
}
