/**
 * What can go wrong, each cause its own code. The same codes stand in GraphQL `extensions.code`, in HTTP
 * JSON (RFC 9457, `code`) and in the CLI's exit text. The number is the HTTP status.
 */
export const errorStatus = {
  // the request
  BAD_REQUEST: 400,
  VALIDATION_FAILED: 422,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  PRECONDITION_FAILED: 412,
  RANGE_NOT_SATISFIABLE: 416,
  UNAUTHENTICATED: 401,
  SIGN_IN_FAILED: 401,
  SETUP_LINK_INVALID: 403,
  FORBIDDEN: 403,
  CROSS_SITE_REFUSED: 403,
  RATE_LIMITED: 429,
  QUERY_TOO_COMPLEX: 400,
  PAYLOAD_TOO_LARGE: 413,
  PLANT_RESTORED_MEANWHILE: 409,
  // backups and restores
  BACKUP_RUNNING: 409,
  PLANT_BUSY: 409,
  BACKUP_IN_USE: 409,
  BACKUP_PINNED: 409,
  BACKUP_REMOVED: 410,
  NIGHT_RUNNING: 409,
  STAGE_STALE: 409,
  RESTORE_ALREADY_APPLIED: 409,
  UNDO_WINDOW_OVER: 409,
  STRUCTURE_NEWER: 422,
  STRUCTURE_DIFFERENT: 422,
  FORMAT_NEWER: 422,
  CHUNK_MISSING: 500,
  CHUNK_CORRUPT: 500,
  WRONG_KEY: 500,
  MANIFEST_CORRUPT: 500,
  VERIFY_FAILED: 500,
  DIGEST_MISMATCH: 500,
  FILE_MISSING: 500,
  // archives
  NOT_AN_ARCHIVE: 422,
  ARCHIVE_TRUNCATED: 422,
  ARCHIVE_ALTERED: 422,
  MADE_BY_OTHER_SERVER: 422,
  KEY_UNKNOWN: 422,
  CONTENTS_DIFFER: 422,
  LARGER_THAN_ANNOUNCED: 413,
  ALREADY_HERE: 409,
  ARCHIVE_PREPARING: 503,
  UPLOAD_GONE: 410,
  CHECKSUM_MISMATCH: 460,
  // notifications
  ADDRESS_REFUSED: 422,
  DELIVERY_FAILED: 502,
  // the machine
  DISK_FULL: 507,
  DATA_DIR_UNUSABLE: 500,
  DATABASE_UNREACHABLE: 503,
  DATABASE_UNSUITABLE: 500,
  DATABASE_LOST: 503,
  PORT_IN_USE: 500,
  CONFIGURATION_INVALID: 500,
  ALREADY_RUNNING: 409,
  LEASE_LOST: 500,
  CANCELLED: 499,
  WORKER_LOST: 500,
  INTERNAL: 500,
} as const;

export type ErrorCode = keyof typeof errorStatus;

/** One wrong field of an input: `path` as the client named it, `message` in words. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/**
 * The one error class. `message` says what happened and that nothing was lost where that is so; `hint`
 * says what to do next; `fields` names the wrong fields of an input.
 */
export class RewindError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly fields: readonly FieldError[];
  /** When to try again, where that is known. */
  readonly retryAfterSeconds: number | null;
  /** More members of the answer, for programs (RFC 9457 section 3.2). */
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      hint?: string;
      cause?: unknown;
      fields?: readonly FieldError[];
      retryAfterSeconds?: number;
      extra?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RewindError';
    this.code = code;
    this.hint = options.hint ?? '';
    this.fields = options.fields ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
    this.extra = options.extra ?? {};
  }

  get status(): number {
    return errorStatus[this.code];
  }
}

/** An input that was refused, field by field. */
export function validationError(fields: readonly FieldError[]): RewindError {
  const message = fields.map((field) => `${field.path}: ${field.message}`).join('; ');
  return new RewindError('VALIDATION_FAILED', message, {
    hint: 'Correct the fields named and send again.',
    fields,
  });
}

interface KnownCause {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

const unreachable: KnownCause = {
  code: 'DATABASE_UNREACHABLE',
  message: 'The database does not answer.',
  hint: 'Check that PostgreSQL runs and that DATABASE_URL is right.',
};

const lost: KnownCause = {
  code: 'DATABASE_LOST',
  message: 'The database server closed the connection.',
  hint: 'It is tried again when the server is back.',
};

/** By errno of the system, SQLSTATE of PostgreSQL, and code or kind of Prisma. */
const systemCauses: Record<string, KnownCause> = {
  ENOSPC: {
    code: 'DISK_FULL',
    message: 'The disk is full.',
    hint: 'Free some space, or move DATA_DIR to a larger disk, then try again. Nothing that was kept before is lost.',
  },
  '53100': {
    code: 'DISK_FULL',
    message: 'The database server has no disk space left.',
    hint: 'Free some space on the disk of the database, then try again. Nothing that was kept before is lost.',
  },
  EDQUOT: {
    code: 'DISK_FULL',
    message: 'The disk quota is used up.',
    hint: 'Raise the quota or free some space, then try again. Nothing that was kept before is lost.',
  },
  ECONNREFUSED: unreachable,
  P1001: unreachable,
  DatabaseNotReachable: unreachable,
  '57P01': lost,
  '57P02': lost,
  '57P03': unreachable,
  P1017: lost,
  ConnectionClosed: lost,
};

/** Any thrown value as a RewindError; what is not known becomes INTERNAL with the original as cause. */
export function asRewindError(thrown: unknown): RewindError {
  if (isRewindError(thrown)) return thrown;
  const known = causeCodes(thrown)
    .map((code) => systemCauses[code])
    .find(Boolean);
  if (known) return new RewindError(known.code, known.message, { hint: known.hint, cause: thrown });
  if (thrown instanceof Error && thrown.name === 'AbortError')
    return new RewindError('CANCELLED', 'Cancelled.', { cause: thrown });
  return new RewindError('INTERNAL', thrown instanceof Error ? thrown.message : String(thrown), {
    hint: 'This is a fault of the server: its log has the details.',
    cause: thrown,
  });
}

/** By name, not by class: a process that bundles its pages holds this module twice. */
export function isRewindError(thrown: unknown): thrown is RewindError {
  if (thrown instanceof RewindError) return true;
  return thrown instanceof Error && thrown.name === 'RewindError' && 'code' in thrown;
}

/** Its own code, and those of the driver's error that Prisma wraps. */
function causeCodes(thrown: unknown): string[] {
  const { code, meta } = (thrown ?? {}) as {
    code?: unknown;
    meta?: { driverAdapterError?: { cause?: { kind?: unknown; originalCode?: unknown } } };
  };
  const driver = meta?.driverAdapterError?.cause;
  return [driver?.originalCode, driver?.kind, code].filter((one) => typeof one === 'string');
}
