import type { DetailedError, Upload as TusUpload, UploadOptions } from 'tus-js-client';
import { networkProblem, type Problem, problemOfCode, problemOfJson } from '../data/problem.ts';
import { SpeedMeter } from './speed-meter.ts';

/** The progress of sending an archive. */
export interface SendingState {
  /** `waiting`: the connection is lost and is retried; `stopped`: `problem` says why. */
  readonly phase: 'sending' | 'waiting' | 'sent' | 'stopped';
  readonly sentBytes: number;
  readonly totalBytes: number;
  readonly bytesPerSecond: number | null;
  readonly problem: Problem | null;
}

export interface SendRequest {
  /** The `url` of the upload, to which bytes are sent. */
  readonly url: string;
  readonly file: File;
  /** Of the set-up link, where nobody is signed in yet: the archive of a lost server. */
  readonly setUpToken?: string;
  readonly onChange: (state: SendingState) => void;
}

export interface Sending {
  /** Stops sending. The server keeps what it has, and the same file resumes from there. */
  stop(): void;
}

/**
 * Quick at first, then every five seconds for ten minutes: the longest expected restart or outage.
 */
const RETRY_DELAYS_MS = [300, 1000, 2000, ...new Array<number>(120).fill(5000)];

/** A header that forms of other sites cannot send, so the server can refuse cross-site requests. */
const headers = { 'x-requested-with': 'fiberkeep' };

/** Few pages ever send a file, so what sends is loaded when one does. */
const tus = () => import('tus-js-client');

/** Sends a file by tus 1.0, from the server's offset. Retries after lost connections. */
export function sendArchive({ url, file, setUpToken, onChange }: SendRequest): Sending {
  const meter = new SpeedMeter();
  let state: SendingState = {
    phase: 'sending',
    sentBytes: 0,
    totalBytes: file.size,
    bytesPerSecond: null,
    problem: null,
  };
  const change = (part: Partial<SendingState>) => {
    state = { ...state, ...part };
    onChange(state);
  };
  const options: UploadOptions = {
    uploadUrl: url,
    headers: { ...headers, ...(setUpToken !== undefined && { 'x-set-up-token': setUpToken }) },
    retryDelays: RETRY_DELAYS_MS,
    removeFingerprintOnSuccess: true,
    onProgress: (sentBytes) =>
      change({
        phase: 'sending',
        sentBytes,
        bytesPerSecond: meter.note(sentBytes, performance.now()),
      }),
    onShouldRetry: (error) => {
      if (!isPassing(error)) return false;
      meter.reset();
      change({ phase: 'waiting', bytesPerSecond: null });
      return true;
    },
    onError: (error) => change({ phase: 'stopped', problem: problemOfSending(error) }),
    onSuccess: () => change({ phase: 'sent', sentBytes: file.size }),
  };
  onChange(state);
  let stopped = false;
  let upload: TusUpload | null = null;
  tus().then(
    ({ Upload }) => {
      if (stopped) return;
      upload = new Upload(file, options);
      upload.start();
    },
    () => stopped || change({ phase: 'stopped', problem: networkProblem() }),
  );
  const stop = () => {
    stopped = true;
    void upload?.abort();
  };
  return { stop };
}

/**
 * Whether to retry: no answer, a restarting server, or one that still holds the lost connection.
 */
function isPassing(error: DetailedError): boolean {
  const status = error.originalResponse?.getStatus() ?? 0;
  return status === 0 || status === 409 || status === 423 || (status >= 500 && status !== 507);
}

function problemOfSending(error: Error | DetailedError): Problem {
  const answer = 'originalResponse' in error ? error.originalResponse : null;
  if (!answer) return networkProblem();
  return problemOfBody(answer.getBody(), answer.getStatus());
}

/** The Problem in a byte route's problem+json response (RFC 9457). */
function problemOfBody(text: string, status: number): Problem {
  try {
    return problemOfJson(text);
  } catch {
    return problemOfCode(codeOfStatus[status] ?? 'NETWORK');
  }
}

/** An answer to HEAD has no body to read the code from. */
const codeOfStatus: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'UPLOAD_GONE',
  410: 'UPLOAD_GONE',
};

/**
 * Earlier uploads of the same file by this browser (same name, size and modification time), newest
 * first. None where that cannot be known, because the server is away.
 */
export async function rememberedUrls(file: File): Promise<string[]> {
  const loaded = await tus().catch(() => null);
  if (!loaded) return [];
  const previous = await new loaded.Upload(file, {
    uploadUrl: '',
  } as UploadOptions).findPreviousUploads();
  return previous
    .sort((a, b) => Date.parse(b.creationTime) - Date.parse(a.creationTime))
    .flatMap((upload) => upload.uploadUrl ?? []);
}

/** Cancels an upload; the server removes its bytes. Returns null, or what went wrong. */
export async function cancelUpload(url: string): Promise<Problem | null> {
  try {
    const answer = await fetch(url, {
      method: 'DELETE',
      headers: { ...headers, 'tus-resumable': '1.0.0' },
    });
    if (answer.ok || answer.status === 404 || answer.status === 410) return null;
    return problemOfBody(await answer.text(), answer.status);
  } catch {
    return networkProblem();
  }
}
