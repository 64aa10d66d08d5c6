import path from 'node:path';
import type { ImportDone, ImportToDo } from './import-child.ts';
import { inChild, type Measured } from './in-child.ts';

export const name = 'import';

interface Options {
  readonly databaseUrl: string;
  readonly filesFolder: string;
  log(line: string): void;
}

const ROWS = 100_000;

/** Imports a table of new poles into the plant, and undoes it, in a process of its own. */
export async function run({ databaseUrl, filesFolder, log }: Options): Promise<void> {
  const step: ImportToDo = {
    ...{ kind: 'import', databaseUrl, rows: ROWS },
    dataDir: path.dirname(filesFolder),
  };
  const done = await inChild<ImportDone & Measured>('lib/bench/import-child.ts', step);
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  const { receivedMs, readMs, writtenMs, undoneMs } = done;
  log(
    `${ROWS.toLocaleString('en')} rows of CSV: received in ${seconds(receivedMs)} s, read and matched in ${seconds(readMs)} s, written in ${seconds(writtenMs)} s, undone in ${seconds(undoneMs)} s, peak memory ${(done.peakRssBytes / 1e6).toFixed(0)} MB`,
  );
}
