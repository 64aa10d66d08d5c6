import { type ServerResponse, STATUS_CODES } from 'node:http';
import {
  asFiberkeepError,
  errorText,
  FiberkeepError,
  fieldText,
  messageOf,
  negotiateLocale,
} from '#errors';
import type { Writing } from '#errors/moment-text.ts';
import { refusalHeaders } from '#services/accounts/request-headers.ts';

/**
 * Answers with an error as problem details (RFC 9457), extended by `code`, `reason`, `params`, `hint` and
 * `fields`. Texts are in the language of Accept-Language, moments in `timeZone`, which is named. The type is about:blank, whose `title` is that of the
 * status (section 4.2.1). An answer that has begun is cut off, so that nobody takes it for whole. Faults of the
 * server are logged.
 */
export function sendProblem(
  response: ServerResponse,
  thrown: unknown,
  timeZone = 'UTC',
): FiberkeepError {
  const error = asFiberkeepError(thrown);
  if (error.code === 'INTERNAL')
    process.stderr.write(`${String((thrown as Error)?.stack ?? thrown)}\n`);
  if (response.headersSent) {
    response.destroy();
    return error;
  }
  const { headers } = response.req;
  const locale = negotiateLocale(headers['accept-language'] ?? null);
  const refusal = refusalHeaders(headers, error);
  const body = JSON.stringify(problemDetails(shownOf(error), { locale, timeZone }));
  response.writeHead(error.status, {
    'content-type': 'application/problem+json',
    'content-language': locale,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...refusal,
  });
  response.end(body);
  return error;
}

/** Hides the details of a fault of the server. */
function shownOf(error: FiberkeepError): FiberkeepError {
  return error.code === 'INTERNAL' ? new FiberkeepError('INTERNAL') : error;
}

function problemDetails(
  error: FiberkeepError,
  { locale, timeZone }: Writing,
): Record<string, unknown> {
  const { code, reason, params, fields, status, extra } = error;
  const { hint } = errorText(error, locale, timeZone);
  const told = fields.map((field) => ({ ...field, message: fieldText(field, locale, timeZone) }));
  return {
    ...extra,
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: messageOf(error, locale, timeZone),
    code,
    reason,
    params,
    hint,
    ...(told.length > 0 && { fields: told }),
  };
}

/** Answers 405 with the methods that the address takes (RFC 9110 section 15.5.6), such as `GET, HEAD`. */
export function refuseMethod(response: ServerResponse, allow: string): void {
  response.setHeader('allow', allow);
  const error = new FiberkeepError('METHOD_NOT_ALLOWED', {
    reason: 'methodNotAllowed',
    params: { method: response.req.method ?? '', allow },
  });
  sendProblem(response, error);
}
