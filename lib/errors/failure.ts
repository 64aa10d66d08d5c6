import { type ErrorCode, errorStatus } from './codes.ts';
import { type ErrorDetails, FiberkeepError } from './fiberkeep-error.ts';
import type { Failure } from './params.ts';

/** What to write down of an error. */
export function failureOf({ code, reason, params, hint }: FiberkeepError): Failure {
  return { code, reason, params, hint };
}

/** The error that was written down; INTERNAL where this version does not know its code. */
export function errorOf({ code, reason, params, hint }: Failure): FiberkeepError {
  const known = Object.hasOwn(errorStatus, code) ? (code as ErrorCode) : 'INTERNAL';
  const details = { reason: reason ?? undefined, params, hint: hint ?? undefined };
  return new FiberkeepError(known, details as ErrorDetails);
}

/** The failure that a JSON column holds, if any. */
export function storedFailure(column: unknown): Failure | null {
  return (column ?? null) as Failure | null;
}
