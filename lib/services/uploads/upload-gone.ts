import { FiberkeepError } from '#errors';

export function uploadGone(cause?: unknown): FiberkeepError {
  return new FiberkeepError('UPLOAD_GONE', { cause });
}
