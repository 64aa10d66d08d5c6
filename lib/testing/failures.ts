import {
  type ErrorCode,
  type ErrorText,
  errorText,
  FiberkeepError,
  failureOf,
  storedFailure,
} from '#errors';
import { failureColumn } from '#vault/failures.ts';

/** A failure of this code as the vault's rows keep it. */
export function failureRow(code: ErrorCode) {
  return failureColumn(failureOf(new FiberkeepError(code)));
}

/** What the failure in a column says in English. */
export function saidIn(column: unknown): ErrorText {
  const failure = storedFailure(column);
  if (failure === null) throw new Error('nothing failed');
  return errorText(failure);
}
