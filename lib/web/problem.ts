import { type ServerResponse, STATUS_CODES } from 'node:http';
import { asRewindError, RewindError } from '../errors/index.ts';
import { refusalHeaders } from '../services/accounts/bearer.ts';

/**
 * Answers with an error as problem details (RFC 9457): `detail` in words, `code` and `hint`
 * ours; of the type about:blank, whose `title` is that of the status (section 4.2.1). An answer that has begun is cut off instead, so that nobody takes it for whole. A fault of the
 * server goes to its log.
 */
export function sendProblem(response: ServerResponse, thrown: unknown): RewindError {
  const error = asRewindError(thrown);
  if (error.code === 'INTERNAL')
    process.stderr.write(`${String((thrown as Error)?.stack ?? thrown)}\n`);
  if (response.headersSent) {
    response.destroy();
    return error;
  }
  const hidden = error.code === 'INTERNAL';
  const refusal = refusalHeaders(response.req.headers, error);
  const body = JSON.stringify({
    ...error.extra,
    type: 'about:blank',
    title: STATUS_CODES[error.status] ?? 'Error',
    status: error.status,
    detail: hidden ? 'A fault of the server.' : error.message,
    code: error.code,
    hint: error.hint,
    ...(error.fields.length > 0 && { fields: error.fields }),
  });
  response.writeHead(error.status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...refusal,
  });
  response.end(body);
  return error;
}

/** Answers 405 with the methods that the address takes (RFC 9110 section 15.5.6), such as `GET, HEAD`. */
export function refuseMethod(response: ServerResponse, allow: string): void {
  response.setHeader('allow', allow);
  const message = `This address does not take ${response.req.method}.`;
  sendProblem(response, new RewindError('METHOD_NOT_ALLOWED', message, { hint: `Use ${allow}.` }));
}
