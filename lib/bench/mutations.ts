import { passesAtLength } from './at-length.ts';

export const name = 'mutations';

const MUTATIONS = 10_000;
const TEST = 'lib/engine/archive/read/mutations.test.ts';

interface Options {
  readonly databaseUrl: string;
  log(line: string): void;
}

/** Runs the test of randomly altered archives at full length: none is accepted, none crashes the reader. */
export async function run({ databaseUrl, log }: Options): Promise<void> {
  const passed = await passesAtLength(TEST, databaseUrl, { ARCHIVE_MUTATIONS: String(MUTATIONS) });
  if (!passed) throw new Error('An altered archive was accepted, or crashed the reader');
  log(`${MUTATIONS} altered archives and more: each was refused`);
}
