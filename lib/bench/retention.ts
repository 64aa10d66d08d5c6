import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { readConfig } from '#config';
import { decideRetention, type RetentionBackup } from '#services/schedule/decide-retention.ts';
import { retentionBackups } from '#services/schedule/retention-rows.ts';
import { openServer } from '#services/server.ts';
import { cataloguedAll } from '#testing/catalogue.ts';
import { manyBackups } from './many-backups.ts';
import { median } from './statistics.ts';

export const name = 'retention';

const ROUNDS = 20;
const LIMIT_MS = 100;
const UNDO_MS = 7 * 24 * 60 * 60 * 1000;
const rule = {
  keepLast: 7,
  keepDaily: 30,
  keepWeekly: 13,
  keepMonthly: 24,
  keepHours: 48,
  timeZone: 'America/Sao_Paulo',
};

interface Options {
  readonly databaseUrl: string;
  readonly filesFolder: string;
  log(line: string): void;
}

/** Measures the retention decision over a catalogue of 10,000 backups. */
export async function run({ databaseUrl, filesFolder, log }: Options): Promise<void> {
  const server = await openServer(
    readConfig({
      DATABASE_URL: databaseUrl,
      DATA_DIR: path.dirname(filesFolder),
      SERVER_KEY: randomBytes(32).toString('hex'),
    }),
  );
  try {
    await cataloguedAll(server, manyBackups());
    const read: number[] = [];
    const decide: number[] = [];
    let stay = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const begun = performance.now();
      const backups = await retentionBackups(server.vault, new Date(), UNDO_MS);
      const found = performance.now();
      stay = keptOf(backups);
      decide.push(performance.now() - found);
      read.push(found - begun);
    }
    log(
      `deciding over ${manyBackups().length} backups: median ${median(decide).toFixed(1)} ms, slowest ${Math.max(...decide).toFixed(1)} ms of ${ROUNDS} (under ${LIMIT_MS}); ${stay} stay`,
    );
    log(`reading them from the catalogue: median ${median(read).toFixed(1)} ms`);
  } finally {
    await server.close();
  }
}

function keptOf(backups: readonly RetentionBackup[]): number {
  return decideRetention(backups, rule).filter(({ reasons }) => reasons.length > 0).length;
}
