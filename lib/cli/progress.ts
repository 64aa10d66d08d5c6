import type { Job } from '../../generated/vault/client.ts';
import { formatBytes, formatCount } from './format.ts';

/** Shows how far a job is. */
export interface ProgressBar {
  show(job: Job): void;
  /** Clears the line. */
  end(): void;
}

const WIDTH = 24;

/** A bar on standard error where that is a terminal, else nothing. */
export function openProgressBar(quiet: boolean): ProgressBar {
  if (quiet || !process.stderr.isTTY) return { show() {}, end() {} };
  return {
    show(job) {
      process.stderr.write(`\r\x1b[K${progressLine(job)}`);
    },
    end() {
      process.stderr.write('\r\x1b[K');
    },
  };
}

/** `[██████······]  50 %  reading tables  1.0 MB of 2.0 MB` */
export function progressLine(job: Job): string {
  const total = Number(job.progressTotal);
  const done = Math.min(Number(job.progressDone), total);
  const share = total === 0 ? 0 : done / total;
  const full = Math.round(share * WIDTH);
  const bar = `[${'█'.repeat(full)}${'·'.repeat(WIDTH - full)}]`;
  const percent = `${String(Math.floor(share * 100)).padStart(3)} %`;
  const amount = total === 0 ? '' : `${amountOf(job, done)} of ${amountOf(job, total)}`;
  return [bar, percent, job.phase || job.status.toLowerCase(), amount].join('  ').trimEnd();
}

function amountOf(job: Job, value: number): string {
  return job.progressUnit === 'bytes'
    ? formatBytes(value)
    : `${formatCount(value)} ${job.progressUnit}`;
}
