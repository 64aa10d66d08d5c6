import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface SignedRequest {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What S3 answers instead of doing what it was asked. */
export class S3Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const MAX_SKEW_MS = 15 * 60_000;
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8}\/[^/]+\/s3\/aws4_request), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** Throws an S3Refusal unless the request carries the right Signature Version 4 in its Authorization header. */
export function checkSignature(request: SignedRequest, keys: S3Keys, now: Date): void {
  const [, keyId, scope = '', signed = '', signature = ''] =
    AUTHORIZATION.exec(request.headers.authorization ?? '') ?? [];
  if (keyId === undefined)
    throw new S3Refusal(403, 'AccessDenied', 'Anonymous access is forbidden.');
  if (keyId !== keys.accessKeyId)
    throw new S3Refusal(403, 'InvalidAccessKeyId', 'The access key does not exist.');
  const date = header(request, 'x-amz-date');
  checkClock(date, now);
  checkHeaders(request, signed.split(';'));
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical(request, signed))].join('\n');
  const expected = hmac(signingKey(keys.secretAccessKey, scope), text);
  if (
    !date.startsWith(scope.slice(0, 8)) ||
    !timingSafeEqual(expected, Buffer.from(signature, 'hex'))
  )
    throw new S3Refusal(403, 'SignatureDoesNotMatch', 'The calculated signature does not match.');
}

function checkClock(date: string, now: Date): void {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const skewMs = Math.abs(Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`) - now.getTime());
  if (!(skewMs <= MAX_SKEW_MS))
    throw new S3Refusal(403, 'RequestTimeTooSkewed', 'The difference of the clocks is too large.');
}

/** S3 wants `host` and every `x-amz-` header signed, and the payload's digest named. */
function checkHeaders(request: SignedRequest, signed: readonly string[]): void {
  const unsigned = Object.keys(request.headers).find(
    (name) => (name === 'host' || name.startsWith('x-amz-')) && !signed.includes(name),
  );
  if (unsigned) throw new S3Refusal(403, 'AccessDenied', `The header ${unsigned} is not signed.`);
  const announced = header(request, 'x-amz-content-sha256');
  if (announced !== 'UNSIGNED-PAYLOAD' && announced !== sha256(request.body))
    throw new S3Refusal(400, 'XAmzContentSHA256Mismatch', 'The payload is not what was announced.');
}

/** The canonical request: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function canonical(request: SignedRequest, signed: string): string {
  const [path = '', query = ''] = request.url.split('?', 2);
  const parts = query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => (part.includes('=') ? part : `${part}=`))
    .sort();
  const headers = signed
    .split(';')
    .map((name) => `${name}:${header(request, name).trim().replace(/ +/g, ' ')}\n`);
  return [
    request.method,
    path,
    parts.join('&'),
    headers.join(''),
    signed,
    header(request, 'x-amz-content-sha256'),
  ].join('\n');
}

function signingKey(secret: string, scope: string): Buffer {
  return scope
    .split('/')
    .reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`));
}

function header(request: SignedRequest, name: string): string {
  return String(request.headers[name] ?? '');
}

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');
const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest();
