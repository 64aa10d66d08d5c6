import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readConfig } from '#config';
import { tickNights } from '#services/schedule/tick-nights.ts';
import { openServer, type Server } from '#services/server.ts';
import type { BenchOptions } from './bench.ts';

export const name = 'nightly';

const NIGHTS = 10_000;
const TICKS = 500;
const LIMIT_MS = 5;

/** Measures an idle tick with 27 years of nights in the ledger. */
export async function run({
  databaseUrl,
  log,
}: Pick<BenchOptions, 'databaseUrl' | 'log'>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-bench-'));
  const environment = {
    DATABASE_URL: databaseUrl,
    DATA_DIR: folder,
    TIME_ZONE: 'America/Sao_Paulo',
    SERVER_KEY: randomBytes(32).toString('hex'),
  };
  const server = await openServer(readConfig(environment));
  try {
    await tickNights(server);
    await fillLedger(server);
    for (let tick = 0; tick < 50; tick++) await tickNights(server);
    const times: number[] = [];
    for (let tick = 0; tick < TICKS; tick++) {
      const begun = performance.now();
      await tickNights(server);
      times.push(performance.now() - begun);
    }
    report(times, await server.vault.night.count(), log);
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function report(times: number[], nights: number, log: (line: string) => void): void {
  times.sort((one, other) => one - other);
  const [median = Number.NaN, p95 = Number.NaN] = [0.5, 0.95].map((part) => times[TICKS * part]);
  log(
    `nightly: a tick with ${nights} nights in the ledger: median ${median.toFixed(2)} ms, p95 ${p95.toFixed(2)} ms (at most ${LIMIT_MS})`,
  );
}

/** Inserts nights up to yesterday, each with its job. */
async function fillLedger({ pool }: Server): Promise<void> {
  await pool.query(
    `INSERT INTO vault.job (id, kind, status, input, requested_by_kind, requested_by_name, created_at, ended_at)
     SELECT gen_random_uuid(), 'CREATE_BACKUP', 'SUCCEEDED', '{}', 'SERVER', '', day, day
       FROM generate_series(1, $1) AS n, LATERAL (SELECT now() - n * interval '1 day' AS day) AS it`,
    [NIGHTS],
  );
  await pool.query(
    `INSERT INTO vault.night (id, policy, local_date, scheduled_for, time, time_zone, status, attempts, job_id)
     SELECT gen_random_uuid(), 'nightly', created_at::date, created_at, '02:00', 'America/Sao_Paulo', 'SUCCEEDED', 1, id
       FROM vault.job WHERE input = '{}' ON CONFLICT DO NOTHING`,
  );
  await pool.query(
    'UPDATE vault.schedule SET owed_from = (SELECT min(local_date) FROM vault.night)',
  );
  await pool.query('ANALYZE vault.night, vault.job');
}
