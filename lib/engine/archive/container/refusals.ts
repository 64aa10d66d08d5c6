import { type ErrorCode, type ErrorDetails, type ErrorReason, FiberkeepError } from '#errors';
import type { ReasonParams } from '#errors/reasons.ts';

/** Why an archive is refused: each cause has its own code. */

export const notAnArchive = refusal('NOT_AN_ARCHIVE');
export const truncated = refusal('ARCHIVE_TRUNCATED');
export const altered = refusal('ARCHIVE_ALTERED');
export const formatNewer = refusal('FORMAT_NEWER');
export const differs = refusal('CONTENTS_DIFFER');
export const larger = refusal('LARGER_THAN_ANNOUNCED');

export function madeByOtherServer(theirs: string, ours: string): FiberkeepError {
  const params = { theirs, ours };
  return new FiberkeepError('MADE_BY_OTHER_SERVER', { reason: 'madeByOtherServer', params });
}

export function keyUnknown(): FiberkeepError {
  return new FiberkeepError('KEY_UNKNOWN');
}

/** A reason, with params where its text has any. */
type Why<R extends ErrorReason> = keyof ReasonParams[R] extends never
  ? [reason: R]
  : [reason: R, params: ReasonParams[R]];

function refusal(code: ErrorCode) {
  return <R extends ErrorReason>(...[reason, params]: Why<R>): FiberkeepError =>
    new FiberkeepError(code, { reason, params } as ErrorDetails);
}
