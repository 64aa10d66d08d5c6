import pino, { type Logger } from 'pino';

export type Log = Pick<Logger, 'info' | 'warn' | 'error'>;

/** The worker's log: JSON lines on standard error, so that a command's own output stays clean. */
export function openLog(level: string): Log {
  return pino({ name: 'worker', level }, pino.destination(2));
}
