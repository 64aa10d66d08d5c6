import type { ErrorCode } from './codes.ts';
import type { WithParams } from './params.ts';
import type { ReasonParams } from './reasons.ts';

interface SystemCause {
  readonly code: ErrorCode;
  readonly details: WithParams<ReasonParams> | Record<never, never>;
}

const unreachable: SystemCause = { code: 'DATABASE_UNREACHABLE', details: {} };
const lost: SystemCause = { code: 'DATABASE_LOST', details: {} };

/** By errno of the system, SQLSTATE of PostgreSQL, and code or kind of Prisma. */
const systemCauses: Record<string, SystemCause> = {
  ENOSPC: { code: 'DISK_FULL', details: {} },
  '53100': { code: 'DISK_FULL', details: { reason: 'databaseDiskFull' } },
  EDQUOT: { code: 'DISK_FULL', details: { reason: 'diskQuotaUsedUp' } },
  ECONNREFUSED: unreachable,
  P1001: unreachable,
  DatabaseNotReachable: unreachable,
  '57P01': lost,
  '57P02': lost,
  '57P03': unreachable,
  P1017: lost,
  ConnectionClosed: lost,
};

/** What the system, PostgreSQL or Prisma said; null where that is not known here. */
export function systemCauseOf(thrown: unknown): SystemCause | null {
  if (thrown instanceof Error && thrown.name === 'AbortError')
    return { code: 'CANCELLED', details: {} };
  const known = causeCodes(thrown).find((code) => code in systemCauses);
  return known === undefined ? null : (systemCauses[known] ?? null);
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
