import { errorOf, FiberkeepError, storedFailure } from '#errors';
import type { Job } from '#generated/vault/client.ts';

/** What a job that did not succeed ended with. */
export function jobError({ status, error }: Pick<Job, 'status' | 'error'>): FiberkeepError {
  if (status === 'CANCELLED') return new FiberkeepError('CANCELLED');
  const failure = storedFailure(error);
  return failure ? errorOf(failure) : new FiberkeepError('INTERNAL');
}
