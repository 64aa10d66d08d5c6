import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BenchOptions } from './bench.ts';
import type { ComparesDone, ComparesToDo } from './compare-child.ts';
import { inChild } from './in-child.ts';
import { median } from './statistics.ts';
import { pgDump } from './tools.ts';

export const name = 'compare';

const ROUNDS = 3;
const MANY = 10_000;

/**
 * Compares backups after 1% of the rows changed until the first page of changes is read, side by side with
 * `pg_dump -Fd -j2 -Z1` and with a stage, and brings deleted rows back: one, and many.
 */
export async function run(options: BenchOptions): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-bench-compare-'));
  try {
    const dumps: number[] = [];
    for (let round = 0; round < ROUNDS; round++)
      dumps.push(...(await pgDump(options, path.join(folder, 'dump'))));
    const { databaseUrl, filesFolder } = options;
    const dataDir = path.join(folder, 'data');
    const step: ComparesToDo = {
      ...{ kind: 'compare', databaseUrl, filesFolder, dataDir, rounds: ROUNDS, many: MANY },
    };
    report(options, await inChild<ComparesDone>('lib/bench/compare-child.ts', step), dumps);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function report({ log }: BenchOptions, done: ComparesDone, dumps: readonly number[]): void {
  const compare = median(done.compares);
  const against =
    dumps.length === 0 ? '' : ` = ${(compare / median(dumps)).toFixed(2)} of pg_dump (at most 0.4)`;
  if (dumps.length > 0) log(`pg_dump -Fd -j2 -Z1: ${times(dumps)}`);
  log(`a night after 1% changed at random, as a job: ${times(done.nights)}`);
  log(`compared with the one before, ${done.differing} changes: ${times(done.compares)}${against}`);
  log(`the same, changed in one place: ${done.clustered.toFixed(2)} s`);
  log(`with now, the backup of now included: ${done.withNow.toFixed(2)} s`);
  log(
    `a stage: ${done.stage.toFixed(2)} s, ${(done.stage / compare).toFixed(1)} times a compare (at least 5)`,
  );
  log(`one client brought back: ${times(done.one)} (at most 0.3)`);
  log(`${MANY} clients brought back: ${done.many.toFixed(2)} s (at most 15)`);
  log(`memory of the process: ${(done.peakRssBytes / 1e6).toFixed(0)} MB (at most 300)`);
}

function times(seconds: readonly number[]): string {
  return `${median(seconds).toFixed(2)} s (${seconds.map((one) => one.toFixed(2)).join(', ')})`;
}
