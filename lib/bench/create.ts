import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { BackupDone } from './create-child.ts';
import { startCreateWorker } from './create-worker.ts';
import { pgDump } from './tools.ts';

export const name = 'create';

const ROUNDS = 3;
const CHANGED = 100;

interface Options {
  readonly databaseUrl: string;
  readonly filesFolder: string;
  readonly pgBin: string | null;
  log(line: string): void;
}

/**
 * Creates backups side by side with `pg_dump -Fd -j2 -Z1`: a full one into an empty store, and one after 1% of
 * the rows changed at random. Prints medians of three rounds, ratios, what was stored again, and memory.
 */
export async function run(options: Options): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-bench-create-'));
  const worker = startCreateWorker(options);
  try {
    const full: BackupDone[] = [];
    const repeat: BackupDone[] = [];
    const dumps: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const store = path.join(folder, `store-${round}`);
      dumps.push(...(await pgDump(options, path.join(folder, 'dump'))));
      full.push(await worker.create({ store }));
      await changeRows(options.databaseUrl, round);
      repeat.push(await worker.create({ store }));
      // Remove nothing in between: file systems create files slowly after many were removed.
    }
    report(options, full, repeat, dumps);
    const store = path.join(folder, 'store-files');
    await worker.create({ store });
    const files = [
      await worker.create({ store, withFiles: true }),
      await worker.create({ store, withFiles: true }),
    ];
    reportFiles(options, files);
  } finally {
    await worker.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Updates a random hundredth of the rows of every table that records its changes. */
async function changeRows(databaseUrl: string, round: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns
      WHERE table_schema = 'plant' AND column_name IN ('id', 'updated_at')
      GROUP BY table_name HAVING count(*) = 2`,
  );
  for (const table of rows)
    await client.query(
      `UPDATE plant.${client.escapeIdentifier(table.name)} SET updated_at = updated_at + interval '1 second'
        WHERE abs(hashtextextended(id::text, $1)) % ${CHANGED} = 0`,
      [round],
    );
  await client.end();
}

function report(
  { log }: Options,
  full: readonly BackupDone[],
  repeat: readonly BackupDone[],
  dumps: readonly number[],
): void {
  const [first] = full;
  log(`${first?.rows.toLocaleString('en')} rows, ${megabytes(first?.tableBytes)} MB of COPY text`);
  const against = (done: readonly BackupDone[], target: string) =>
    dumps.length === 0
      ? ''
      : `, ${(median(done.map(({ seconds }) => seconds)) / median(dumps)).toFixed(2)} of pg_dump (at most ${target})`;
  if (dumps.length > 0) log(`pg_dump -Fd -j2 -Z1: ${times(dumps)}`);
  log(`full: ${times(full.map(({ seconds }) => seconds))}${against(full, '1.0')}`);
  log(`full: ${megabytes(median(full.map(({ storedBytes }) => storedBytes)))} MB stored`);
  log(`1% changed: ${times(repeat.map(({ seconds }) => seconds))}${against(repeat, '0.9')}`);
  const again = repeat.map(({ storedBytes }, i) => storedBytes / (full[i]?.storedBytes ?? 1));
  log(`1% changed: ${(100 * median(again)).toFixed(2)}% of it stored again (at most 3%)`);
}

function reportFiles({ log }: Options, [first, second]: readonly BackupDone[]): void {
  if (!first || !second) return;
  log(
    `${first.fileCount.toLocaleString('en')} files, ${megabytes(first.fileBytes)} MB: first ${first.seconds.toFixed(2)} s, again ${second.seconds.toFixed(2)} s and ${(second.storedBytes / 1000).toFixed(0)} kB stored`,
  );
  log(`memory of the process: ${megabytes(second.peakRssBytes)} MB (at most 300)`);
}

function times(seconds: readonly number[]): string {
  const all = seconds.map((value) => value.toFixed(2)).join(', ');
  return `${median(seconds).toFixed(2)} s (${all})`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function megabytes(bytes = 0): string {
  return (bytes / 1_000_000).toFixed(0);
}
