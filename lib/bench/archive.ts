import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { migrate } from '#prisma/migrate.ts';
import type { Step, StepDone } from './archive-child.ts';
import { openDatabase } from './database.ts';
import { inChild as inChildOf } from './in-child.ts';
import { addPhotos } from './photos.ts';

export const name = 'archive';

const ROUNDS = 3;
/** Makes an archive of about 1 GB. */
const PHOTOS = 400;

interface Options {
  readonly databaseUrl: string;
  readonly filesFolder: string;
  log(line: string): void;
}

/**
 * Makes the head of an archive of about 1 GB, reads the archive, and checks it as an upload into an empty
 * server. Prints medians of three rounds in MB of 1,000,000 bytes, and the memory of the processes.
 */
export async function run({ databaseUrl, filesFolder, log }: Options): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-bench-archive-'));
  try {
    await addPhotos({ databaseUrl, filesFolder }, PHOTOS);
    const [store, file] = [path.join(folder, 'store'), path.join(folder, 'archive.tar.gz.doz')];
    const { manifestObject = '' } = await inChild({
      kind: 'create',
      databaseUrl,
      store,
      filesFolder,
    });
    const rounds = { head: [] as StepDone[], read: [] as StepDone[], check: [] as StepDone[] };
    for (let round = 0; round < ROUNDS; round++) {
      const head = await inChild({ kind: 'head', store, manifestObject });
      rounds.head.push(head);
      if (!head.head) throw new Error('A head was made and not kept');
      rounds.read.push(
        await inChild({ kind: 'read', store, manifestObject, head: head.head, file }),
      );
      rounds.check.push(
        await checkIntoEmpty(databaseUrl, path.join(folder, `other-${round}`), file),
      );
    }
    log(
      `an archive of ${megabytes(rounds.read[0]?.bytes)} MB, ${megabytes(rounds.head[0]?.bytes)} MB of COPY text in it`,
    );
    log(`head, by its COPY text: ${speed(rounds.head)}`);
    log(`read: ${speed(rounds.read)}`);
    log(`upload check: ${speed(rounds.check)} (at least 150 MB/s, at most 300 MB of memory)`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function checkIntoEmpty(serverUrl: string, store: string, file: string): Promise<StepDone> {
  await using database = await openDatabase(serverUrl);
  await migrate(database.url, 'vault');
  const done = await inChild({ kind: 'check', databaseUrl: database.url, store, file });
  await rm(store, { recursive: true });
  return done;
}

function inChild(step: Step): Promise<StepDone> {
  return inChildOf('lib/bench/archive-child.ts', step);
}

function speed(rounds: readonly StepDone[]): string {
  const all = rounds.map(({ bytes, seconds }) => bytes / 1e6 / seconds);
  const memory = Math.max(...rounds.map(({ peakRssBytes }) => peakRssBytes));
  const work = median(
    rounds.map(({ bytes, processorSeconds }) => processorSeconds / (bytes / 1e9)),
  );
  const listed = all.map((one) => one.toFixed(0)).join(', ');
  return `${median(all).toFixed(0)} MB/s (${listed}), ${work.toFixed(1)} s of processor time a GB, memory ${megabytes(memory)} MB`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function megabytes(bytes = 0): string {
  return (bytes / 1_000_000).toFixed(0);
}
