import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { readConfig } from '#config';
import { openServer } from '#services/server.ts';
import { cataloguedAll } from '#testing/catalogue.ts';
import { freePort } from '#testing/free-port.ts';
import { type RunningServer, startRealServer } from '#testing/running-server.ts';
import { manyBackups } from './many-backups.ts';
import { median, percentile } from './statistics.ts';

export const name = 'list';

const QUESTIONS = 300;
const LIMIT_MS = 30;
const ADMIN = { ADMIN_EMAIL: 'bench@example.net', ADMIN_PASSWORD: 'a password for the bench' };
/** The query of the Backup tab; TABLES adds the rows of each table. */
const LIST = `query ($search: String) { backups(first: 50, search: $search) { totalCount nodes {
  id name comment author { id name } kind status createdAt scheduledFor includesFiles fileCount archiveSize archiveExact
  archiveSha256 archiveReady archiveUrl archiveName canDownload uploadedFrom uploadedAt uploadedBy { id name }
  storedSize testedAt restoreSeconds testFailedAt testError { code message hint } pinned
} pageInfo { hasNextPage endCursor } } }`;
const TABLES = LIST.replace('storedSize', 'storedSize tables { name rows }');
const HEALTH = `{ backupHealth { level problems { code message } lastGood { id } lastTested { id } nextRunAt }
  storage { level freeBytes forecast { daysUntilFull } } }`;

interface Options {
  readonly databaseUrl: string;
  readonly filesFolder: string;
  log(line: string): void;
}

/** Asks a server started by `npm start` for the first page of 10,000 backups, one request after the other. */
export async function run({ databaseUrl, filesFolder, log }: Options): Promise<void> {
  const env = {
    DATABASE_URL: databaseUrl,
    DATA_DIR: path.dirname(filesFolder),
    SERVER_KEY: randomBytes(32).toString('hex'),
    PORT: String(await freePort()),
    LOG_LEVEL: 'error',
    ...ADMIN,
  };
  const running = await startRealServer(env);
  try {
    const server = await openServer(readConfig(env));
    await cataloguedAll(server, manyBackups());
    await server.pool.query('ANALYZE vault.backup');
    await server.close();
    const ask = await signIn(running);
    const { totalCount } = (await ask(LIST)).backups;
    for (const [what, query, variables] of [
      [`the first page of ${totalCount} backups`, LIST, {}],
      ['the same with the rows of every table', TABLES, {}],
      ['the first page of a search', LIST, { search: 'hand 2019' }],
      ['health and storage beside them', HEALTH, {}],
    ] as const) {
      const times = await answerTimes(() => ask(query, variables));
      log(
        `${what}: p95 ${percentile(times, 0.95).toFixed(1)} ms (at most ${LIMIT_MS}), median ${median(times).toFixed(1)} ms of ${times.length}`,
      );
    }
  } finally {
    await running.stop();
  }
}

type Ask = (query: string, variables?: object) => Promise<{ backups: { totalCount: number } }>;

async function signIn({ url }: RunningServer): Promise<Ask> {
  let cookie = '';
  const ask: Ask = async (query, variables = {}) => {
    const response = await fetch(`${url}/api/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(errors[0].message);
    cookie ||= response.headers.get('set-cookie')?.split(';')[0] ?? '';
    return data;
  };
  await ask(
    'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { me { user { id } } } }',
    { email: ADMIN.ADMIN_EMAIL, password: ADMIN.ADMIN_PASSWORD },
  );
  return ask;
}

async function answerTimes(question: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  while (times.length < QUESTIONS) {
    const begun = performance.now();
    await question();
    times.push(performance.now() - begun);
  }
  return times;
}
