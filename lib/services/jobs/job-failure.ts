import type { Job } from '../../../generated/vault/client.ts';
import { type ErrorCode, errorStatus, RewindError } from '../../errors/index.ts';

/** What a job that did not succeed ended with. */
export function failureOf(job: Job): RewindError {
  if (job.status === 'CANCELLED')
    return new RewindError('CANCELLED', 'Cancelled. Nothing was changed.');
  return recordedError({
    code: job.errorCode,
    message: job.errorMessage ?? `The job ended as ${job.status}.`,
    hint: job.errorHint,
  });
}

/** An error that was written down, as it was. */
export function recordedError(error: {
  readonly code: string | null;
  readonly message: string;
  readonly hint: string | null;
}): RewindError {
  const known = error.code !== null && error.code in errorStatus;
  const code = known ? (error.code as ErrorCode) : 'INTERNAL';
  return new RewindError(code, error.message, { hint: error.hint ?? '' });
}
