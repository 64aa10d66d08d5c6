import { FiberkeepError } from './fiberkeep-error.ts';
import type { Kind } from './reasons.ts';

/** There is no such thing, or not any more. */
export function notFound(kind: Kind): FiberkeepError {
  return new FiberkeepError('NOT_FOUND', { reason: 'notFound', params: { kind } });
}
