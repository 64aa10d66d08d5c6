import type { Job } from '#generated/vault/client.ts';
import { formatBytes, formatCount } from './format.ts';

/** How far something is. */
export type Progress = Pick<
  Job,
  'status' | 'phase' | 'progressDone' | 'progressTotal' | 'progressUnit'
>;

/** Shows the progress of a job or of this program. */
export interface ProgressBar {
  show(progress: Progress): void;
  showBytes(phase: string, done: number, total: number): void;
  /** Clears the line. */
  end(): void;
}

const WIDTH = 24;
const TICK_MS = 100;

/** Draws a bar on standard error if that is a terminal. */
export function openProgressBar(quiet: boolean): ProgressBar {
  if (quiet || !process.stderr.isTTY) return { show() {}, showBytes() {}, end() {} };
  let shownAt = 0;
  const show = (progress: Progress) => {
    process.stderr.write(`\r\x1b[K${progressLine(progress)}`);
  };
  return {
    show,
    showBytes(phase, done, total) {
      if (done < total && Date.now() - shownAt < TICK_MS) return;
      shownAt = Date.now();
      const progress = { progressDone: BigInt(done), progressTotal: BigInt(total) };
      show({ status: 'RUNNING', phase, progressUnit: 'bytes', ...progress });
    },
    end() {
      process.stderr.write('\r\x1b[K');
    },
  };
}

/** `[██████······]  50 %  reading tables  1.0 MB of 2.0 MB` */
export function progressLine(job: Progress): string {
  const total = Number(job.progressTotal);
  const done = Math.min(Number(job.progressDone), total);
  const share = total === 0 ? 0 : done / total;
  const full = Math.round(share * WIDTH);
  const bar = `[${'█'.repeat(full)}${'·'.repeat(WIDTH - full)}]`;
  const percent = `${String(Math.floor(share * 100)).padStart(3)} %`;
  const amount = total === 0 ? '' : `${amountOf(job, done)} of ${amountOf(job, total)}`;
  return [bar, percent, job.phase || job.status.toLowerCase(), amount].join('  ').trimEnd();
}

function amountOf(job: Progress, value: number): string {
  return job.progressUnit === 'bytes'
    ? formatBytes(value)
    : `${formatCount(value)} ${job.progressUnit}`;
}
