import { FiberkeepError, isFiberkeepError } from '#errors';
import { placeUrl, type S3Access } from './place-access.ts';

/** What the SDK throws: an answer of the place, or what kept one from arriving. */
interface S3Failure extends Error {
  /** Of the connection. */
  readonly code?: string;
  readonly errors?: readonly Error[];
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number; readonly headers?: Record<string, string> };
}

export function statusOf(error: unknown): number | undefined {
  const { $metadata, $response } = error as S3Failure;
  return $response?.statusCode ?? $metadata?.httpStatusCode;
}

const TRANSIENT_STATUS = [429, 500, 502, 503, 504];
const TRANSIENT_ANSWERS = ['ConditionalRequestConflict', 'OperationAborted', 'RequestTimeout'];
const BROKEN = ['ECONNRESET', 'EPIPE'];
const TRANSIENT_CODES = [...BROKEN, 'ETIMEDOUT', 'EAI_AGAIN'];

/** Whether the same request may succeed when it is made again. */
export function isTransient(error: unknown): boolean {
  const { name, code = '' } = error as S3Failure;
  return (
    name === 'TimeoutError' ||
    TRANSIENT_ANSWERS.includes(name) ||
    TRANSIENT_CODES.includes(code) ||
    TRANSIENT_STATUS.includes(statusOf(error) ?? 0)
  );
}

type Reason =
  | 'placeCannot'
  | 'placeFailed'
  | 'placeFrozen'
  | 'placeFull'
  | 'placeMissing'
  | 'placeRefused'
  | 'placeUnreachable';

const REASON_OF_ANSWER: Readonly<Record<string, Reason>> = {
  NoSuchBucket: 'placeMissing',
  QuotaExceeded: 'placeFull',
  InsufficientStorage: 'placeFull',
  NotImplemented: 'placeCannot',
  InvalidObjectState: 'placeFrozen',
  ExpiredToken: 'placeRefused',
  InvalidAccessKeyId: 'placeRefused',
  SignatureDoesNotMatch: 'placeRefused',
  AccessDenied: 'placeRefused',
  RequestTimeTooSkewed: 'placeRefused',
  CredentialsProviderError: 'placeRefused',
};
const REASON_OF_STATUS: Readonly<Record<number, Reason>> = {
  401: 'placeRefused',
  403: 'placeRefused',
  501: 'placeCannot',
  507: 'placeFull',
};
const NETWORK_CODES =
  /^(E(NOTFOUND|AI_AGAIN|CONNREFUSED|TIMEDOUT|HOSTUNREACH|NETUNREACH|ADDRNOTAVAIL)|EPROTO)$/;
/** Names of OpenSSL and Node for what is wrong with a certificate or its protocol. */
const TLS_CODES = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_)/;

/** What a request to the place threw, as DESTINATION_UNUSABLE; our own errors stay as they are. */
export function asPlaceError(access: S3Access, thrown: unknown): unknown {
  if (isFiberkeepError(thrown) || thrown instanceof RangeError) return thrown;
  const failure = thrown as S3Failure;
  const reason = reasonOf(failure);
  const place = placeUrl(access);
  if (reason === 'placeMissing' || reason === 'placeFull' || reason === 'placeFrozen')
    return new FiberkeepError('DESTINATION_UNUSABLE', { reason, params: { place }, cause: thrown });
  return new FiberkeepError('DESTINATION_UNUSABLE', {
    reason,
    params: { place, detail: detailOf(failure, access) },
    cause: thrown,
  });
}

function reasonOf(failure: S3Failure): Reason {
  const { name, code = '' } = failure;
  const answered = REASON_OF_ANSWER[name] ?? REASON_OF_STATUS[statusOf(failure) ?? 0];
  if (answered) return answered;
  if (NETWORK_CODES.test(code) || TLS_CODES.test(code)) return 'placeUnreachable';
  return isTimeOut(failure) ? 'placeUnreachable' : 'placeFailed';
}

/** The SDK calls broken connections by this name too, but those have a code. */
function isTimeOut({ name, code }: S3Failure): boolean {
  return name === 'TimeoutError' && code === undefined;
}

/** The place's own words where it said any. They never hold a secret. */
function detailOf(failure: S3Failure, access: S3Access): string {
  const status = statusOf(failure);
  if (status && status >= 300 && status < 400) return redirectDetail(failure, access);
  if (failure.name === 'CredentialsProviderError') return credentialsDetail(failure, access);
  const said = status === undefined ? networkDetail(failure) : answerDetail(failure, status);
  return failure.name === 'RequestTimeTooSkewed'
    ? `the clocks of this server and of the place differ (${said})`
    : said;
}

/** Where several sources have none, the SDK tells about the last only. */
function credentialsDetail({ message }: S3Failure, { credentials }: S3Access): string {
  return credentials === null
    ? 'there is no access key in the environment of the server, nor in the default AWS profile'
    : `there is no access key (${message})`;
}

function networkDetail(failure: S3Failure): string {
  const { message, code = '', errors = [] } = failure;
  if (isTimeOut(failure)) return 'it does not answer in time';
  if (BROKEN.includes(code)) return `the connection broke off (${message})`;
  // Attempts at several addresses fail as one error without a message.
  return message || errors.map((error) => error.message).join(', ');
}

/** The SDK makes up an error where it finds none of S3's in an answer. */
function answerDetail({ name, message }: S3Failure, status: number): string {
  const isMadeUp = name === 'Error' || message === 'UnknownError';
  return isMadeUp ? `HTTP status ${status} without a reason` : `${name}: ${message}`;
}

function redirectDetail({ name, message, $response }: S3Failure, { region }: S3Access): string {
  const right = $response?.headers?.['x-amz-bucket-region'];
  if (right) return `the bucket is in the region ${right}, not in ${region}`;
  return `it answers from another address, which is not followed (${name}: ${message})`;
}
