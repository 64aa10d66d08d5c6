import { asFiberkeepError } from '#errors';

/** SQLSTATE class 08, admin_shutdown, crash_shutdown, cannot_connect_now; and what sockets say. */
const LOST_CODES =
  /^(08...|57P0[123]|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|P1001|P1002|P1008|P1017|P2024)$/;

/** pg and Prisma's schema engine say these without a code. */
const LOST_MESSAGES =
  /connection terminated|connection ended|not queryable|timeout exceeded when trying to connect|server (has )?closed the connection|can't reach database server|client was closed/i;

/** Whether an error, or a cause of it, means that the database went away and did not refuse something. */
export function isDatabaseLost(thrown: unknown): boolean {
  for (let at = thrown, depth = 0; at && typeof at === 'object' && depth < 5; depth++) {
    const { code, message, cause, meta } = at as Record<string, unknown>;
    const known = asFiberkeepError(at).code;
    if (known === 'DATABASE_LOST' || known === 'DATABASE_UNREACHABLE') return true;
    if (typeof code === 'string' && LOST_CODES.test(code)) return true;
    if (typeof message === 'string' && LOST_MESSAGES.test(message)) return true;
    at = cause ?? (meta as Record<string, unknown> | undefined)?.driverAdapterError;
  }
  return false;
}
