import { passesAtLength } from './at-length.ts';

export const name = 'row-maps';

const STEPS = 20_000;
const TEST = 'lib/faults/row-maps/random.test.ts';

interface Options {
  readonly databaseUrl: string;
  log(line: string): void;
}

/** Runs the random harness of row maps at full length, on every PostgreSQL that is installed. */
export async function run({ databaseUrl, log }: Options): Promise<void> {
  const passed = await passesAtLength(TEST, databaseUrl, { ROW_MAP_STEPS: String(STEPS) });
  if (!passed) throw new Error('A backup by its row map was not what COPY gives');
  log(`${STEPS} random steps: every backup was what COPY gives, and each planted bug was found`);
}
