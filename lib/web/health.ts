import type { ServerResponse } from 'node:http';
import { pendingMigrations } from '#prisma/migrate.ts';
import { readHealth } from '#services/health/health.ts';
import type { Server } from '#services/server.ts';
import { SharedResult } from '#services/shared-result.ts';

const ANSWER_MS = 3_000;
/** Everybody may ask, and it takes many queries. */
const STATE_GOOD_MS = 1_000;
const states = new WeakMap<Server, SharedResult<BackupState>>();

interface BackupState {
  readonly level: string;
  readonly [field: string]: unknown;
}

/**
 * `GET /api/health`: 200 when the server can take work, 503 when it cannot, with the reasons or with the parts
 * whose disk is full. It also tells the state of the backups, by codes only, because everybody may ask.
 */
export async function sendHealth(response: ServerResponse, server: Server | null): Promise<void> {
  const reasons = await reasonsAgainst(server);
  if (!server || reasons.length > 0)
    return answer(response, 503, { status: 'unavailable', reasons });
  const [full, backups] = [await fullParts(server), await backupState(server)];
  if (full.length > 0) return answer(response, 503, { status: 'full', full, backups });
  answer(response, 200, { status: 'ok', backups });
}

/** `GET /api/health/live`: 200 while people can sign in, also with a full disk. */
export async function sendLiveness(response: ServerResponse, server: Server | null): Promise<void> {
  const reasons = await reasonsAgainst(server);
  if (reasons.length > 0) answer(response, 503, { status: 'unavailable', reasons });
  else answer(response, 200, { status: 'ok' });
}

function answer(response: ServerResponse, status: number, content: object): void {
  const body = JSON.stringify(content);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}

/** A disk that does not answer is not known to be full. */
async function fullParts({ room }: Server): Promise<string[]> {
  const full = await within(ANSWER_MS, room.full()).catch(() => []);
  return full.map(({ part }) => part);
}

async function reasonsAgainst(server: Server | null): Promise<string[]> {
  if (!server) return ['The server is starting.'];
  try {
    return await within(ANSWER_MS, missingStructure(server));
  } catch {
    return ['The database does not answer.'];
  }
}

function backupState(server: Server): Promise<BackupState> {
  const shared = states.get(server) ?? new SharedResult(STATE_GOOD_MS);
  states.set(server, shared);
  return shared.get(() => readState(server));
}

/** A server that cannot tell the state of its backups still takes work. */
async function readState(server: Server): Promise<BackupState> {
  const health = await within(ANSWER_MS, readHealth(server)).catch(() => null);
  if (!health) return { level: 'unknown', problems: [] };
  const { level, problems, lastGood, lastTested, nextRunAt } = health;
  return {
    level: level.toLowerCase(),
    problems: problems.map(({ code }) => code),
    lastGoodAt: lastGood?.createdAt ?? null,
    lastTestedAt: lastTested?.createdAt ?? null,
    nextRunAt,
  };
}

async function missingStructure(server: Server): Promise<string[]> {
  const reasons = [];
  for (const plane of ['vault', 'plant'] as const) {
    const pending = await pendingMigrations(server.pool, plane);
    if (pending.length > 0) reasons.push(`The ${plane} lacks ${pending.length} migrations.`);
  }
  return reasons;
}

/** A database that hangs must not hang the answer. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer in ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
