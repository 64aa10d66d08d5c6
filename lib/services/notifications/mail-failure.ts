import { FiberkeepError } from '#errors';

interface Place {
  readonly host: string;
  readonly port: number;
}

/** How far an attempt came. Only after `greet` has the peer shown to be a mail server. */
export type MailStage = 'reach' | 'greet' | 'login' | 'send';

/** What nodemailer and Node tell of an error. */
interface Told {
  readonly code?: string;
  /** The system's or OpenSSL's code below nodemailer's. */
  readonly originalCode?: string;
  readonly command?: string;
  /** What the peer said. */
  readonly response?: string;
}

const MOST_DETAIL_CHARS = 200;
const CONNECT_SECONDS = 10;
/** How Node names faults of names, and of certificates and handshakes. */
const NO_NAME = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EDNS'];
const TIMED_OUT = ['ETIMEDOUT', 'ABORT_ERR'];
const OF_TLS = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ETLS$|EPROTO$)/;

/** DELIVERY_FAILED with what went wrong. Says nothing that a peer said which is no mail server. */
export function mailFailure(place: Place, stage: MailStage, thrown: unknown): FiberkeepError {
  if (thrown instanceof FiberkeepError) return thrown;
  const told = thrown as Told;
  const server = nameOf(place);
  if (stage === 'reach') return unreached(place, thrown);
  if (told.response !== undefined && stage === 'login')
    return failed({ reason: 'mailServerLogin', params: { server, detail: said(told) } }, thrown);
  if (told.response !== undefined && stage === 'send')
    return failed({ reason: 'mailServerSaid', params: { server, detail: said(told) } }, thrown);
  const codes = codesOf(told);
  const ofTls = codes.find((code) => OF_TLS.test(code));
  if (ofTls) return failed({ reason: 'mailServerTls', params: { server, detail: ofTls } }, thrown);
  if (codes.some((code) => TIMED_OUT.includes(code)))
    return timedOut(place, CONNECT_SECONDS * 1000);
  if (stage === 'greet') return failed({ reason: 'notAMailServer', params: { server } }, thrown);
  return failed({ reason: 'mailServerUnreachable', params: { server } }, thrown);
}

function unreached(place: Place, thrown: unknown): FiberkeepError {
  const server = nameOf(place);
  const codes = codesOf(thrown as Told);
  const is = (known: readonly string[]) => codes.some((code) => known.includes(code));
  if (is(NO_NAME)) return failed({ reason: 'mailServerUnknown', params: { server } }, thrown);
  if (is(['ECONNREFUSED']))
    return failed({ reason: 'mailServerRefusesConnection', params: { server } }, thrown);
  if (is(TIMED_OUT)) return timedOut(place, CONNECT_SECONDS * 1000);
  return failed({ reason: 'mailServerUnreachable', params: { server } }, thrown);
}

export function timedOut(place: Place, ms: number): FiberkeepError {
  const params = { server: nameOf(place), seconds: ms / 1000 };
  return new FiberkeepError('DELIVERY_FAILED', { reason: 'mailServerTimedOut', params });
}

/** Mail may not go to this address and port. */
export function refusedByAddress({ host, port }: Place): FiberkeepError {
  return new FiberkeepError('ADDRESS_REFUSED', {
    reason: 'mailAddressRefused',
    params: { host, port },
  });
}

function failed(
  why: Extract<ConstructorParameters<typeof FiberkeepError>[1], { reason: string }>,
  cause: unknown,
): FiberkeepError {
  return new FiberkeepError('DELIVERY_FAILED', { ...why, cause });
}

function codesOf({ code, originalCode }: Told): string[] {
  return [originalCode, code].filter((one) => one !== undefined);
}

/** The reply of a mail server, cut, without characters that change how the rest is shown. */
function said({ response = '' }: Told): string {
  const line = response.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return [...line].slice(0, MOST_DETAIL_CHARS).join('');
}

function nameOf({ host, port }: Place): string {
  return `${host}:${port}`;
}
