import pino from 'pino';
import type { Config } from '#config';

export type Log = pino.Logger;

/** Lines of JSON on standard output. `name` says which part of the server speaks. */
export function openLog(config: Pick<Config, 'logLevel'>, name: string): Log {
  return pino({ name, level: config.logLevel });
}
