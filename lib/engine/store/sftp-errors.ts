import { FiberkeepError } from '#errors';

/** The connection broke, or none could be made: another may do. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** The server said no, or something that cannot be. `status`: its word, where there was one. */
export class SftpFault extends Error {
  override readonly name = 'SftpFault';
  readonly status: number | null;

  constructor(message: string, status: number | null = null, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

/** draft-ietf-secsh-filexfer-02 section 7; the last three are of version 6, but servers of version 3 send them too. */
export const Status = {
  EOF: 1,
  NO_SUCH_FILE: 2,
  PERMISSION_DENIED: 3,
  FAILURE: 4,
  OP_UNSUPPORTED: 8,
  FILE_ALREADY_EXISTS: 11,
  NO_SPACE_ON_FILESYSTEM: 14,
  QUOTA_EXCEEDED: 15,
} as const;

export function hasStatus(thrown: unknown, ...statuses: number[]): boolean {
  return thrown instanceof SftpFault && thrown.status !== null && statuses.includes(thrown.status);
}

/** What people are told of a failure at `place`; what is not the place's fault stays as it is. */
export function asPlaceError(place: string, cause: unknown): unknown {
  if (cause instanceof ConnectionLost) return placeUnreachable(place, cause);
  if (!(cause instanceof SftpFault)) return cause;
  if (hasStatus(cause, Status.NO_SPACE_ON_FILESYSTEM, Status.QUOTA_EXCEEDED))
    return new FiberkeepError('DESTINATION_UNUSABLE', {
      reason: 'placeFull',
      params: { place },
      cause,
    });
  return new FiberkeepError('DESTINATION_UNUSABLE', {
    reason: reasonOf(cause),
    params: { place, detail: cause.message },
    cause,
  });
}

function reasonOf({ status }: SftpFault): 'placeRefused' | 'placeCannot' | 'placeFailed' {
  if (status === Status.PERMISSION_DENIED) return 'placeRefused';
  return status === Status.OP_UNSUPPORTED ? 'placeCannot' : 'placeFailed';
}

export function placeUnreachable(place: string, cause: Error): FiberkeepError {
  return new FiberkeepError('DESTINATION_UNUSABLE', {
    reason: 'placeUnreachable',
    params: { place, detail: cause.message },
    cause,
  });
}

export function placeRefused(place: string, detail: string, cause?: unknown): FiberkeepError {
  return new FiberkeepError('DESTINATION_UNUSABLE', {
    reason: 'placeRefused',
    params: { place, detail },
    cause,
  });
}

export function placeMissing(place: string): FiberkeepError {
  return new FiberkeepError('DESTINATION_UNUSABLE', {
    reason: 'placeMissing',
    params: { place },
  });
}
