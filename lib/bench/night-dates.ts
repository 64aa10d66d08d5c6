import { passesAtLength } from './at-length.ts';

export const name = 'night-dates';

const TEST = 'lib/services/schedule/night-times.test.ts';

interface Options {
  readonly databaseUrl: string;
  log(line: string): void;
}

/** Runs the test of nights for every zone, time and date of five years. */
export async function run({ databaseUrl, log }: Options): Promise<void> {
  const passed = await passesAtLength(TEST, databaseUrl, { NIGHT_DATES: 'all' });
  if (!passed) throw new Error('A date has no night, or two');
  log('every date of every zone has one night at every time');
}
