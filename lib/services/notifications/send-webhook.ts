import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { BlockList } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { FiberkeepError } from '#errors';
import { assertMayConnect, guardedLookup } from './public-address.ts';

const WITHIN_MS = 15_000;
/** The rest of a longer answer is not read. */
const MOST_ANSWER_BYTES = 16 * 1024;

/** One message as Standard Webhooks 1.0.0 defines it. */
export interface WebhookMessage {
  /** The same at every attempt, so the receiver can recognize it. */
  readonly id: string;
  readonly type: string;
  /** When it happened. */
  readonly at: Date;
  readonly data: object;
}

export interface WebhookTarget {
  readonly url: string;
  /** `whsec_…` */
  readonly secret: string;
  /** Private networks that are allowed. */
  readonly allowed: BlockList;
}

/**
 * Posts a signed message, and resolves when the receiver accepts it (2xx). Does not follow redirects. Throws
 * DELIVERY_FAILED, and ADDRESS_REFUSED before any byte is sent to an address that is not public.
 */
export async function sendWebhook(
  target: WebhookTarget,
  message: WebhookMessage,
  signal: AbortSignal,
): Promise<void> {
  const url = new URL(target.url);
  assertMayConnect(url.hostname, target.allowed);
  const body = JSON.stringify({
    type: message.type,
    timestamp: message.at.toISOString(),
    data: message.data,
  });
  const deadline = AbortSignal.timeout(WITHIN_MS);
  try {
    const status = await post(url, target, headersOf(target.secret, message.id, body), body, [
      signal,
      deadline,
    ]);
    if (status < 200 || status > 299) throw refusedBy(url, status);
  } catch (thrown) {
    if (deadline.aborted)
      throw new FiberkeepError('DELIVERY_FAILED', {
        reason: 'webhookTimedOut',
        params: { host: url.host, seconds: WITHIN_MS / 1000 },
        cause: thrown,
      });
    if (thrown instanceof FiberkeepError || signal.aborted) throw thrown;
    throw new FiberkeepError('DELIVERY_FAILED', {
      reason: 'webhookUnreachable',
      params: { host: url.host, detail: detailOf(thrown) },
      cause: thrown,
    });
  }
}

/** The timestamp is that of the attempt, because receivers refuse old ones. */
function headersOf(secret: string, id: string, body: string): Record<string, string | number> {
  const now = new Date();
  return {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': 'Fiberkeep',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, now, body),
  };
}

async function post(
  url: URL,
  { allowed }: WebhookTarget,
  headers: Record<string, string | number>,
  body: string,
  signals: AbortSignal[],
): Promise<number> {
  const { request } = url.protocol === 'https:' ? https : http;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sending = request(url, {
      method: 'POST',
      headers,
      // A reused connection would go to an address that was checked for another message.
      agent: false,
      lookup: guardedLookup(allowed),
      signal: AbortSignal.any(signals),
    });
    sending.once('response', resolve);
    sending.once('error', reject);
    sending.end(body);
  });
  await drain(answer);
  return answer.statusCode ?? 0;
}

/** Reads the answer, up to MOST_ANSWER_BYTES, and closes the connection. */
async function drain(answer: IncomingMessage): Promise<void> {
  let bytes = 0;
  try {
    for await (const piece of answer) {
      bytes += piece.length;
      if (bytes > MOST_ANSWER_BYTES) break;
    }
  } finally {
    answer.destroy();
  }
}

function refusedBy(url: URL, status: number): FiberkeepError {
  const reason = status >= 300 && status < 400 ? 'webhookRedirected' : 'webhookRefused';
  return new FiberkeepError('DELIVERY_FAILED', { reason, params: { host: url.host, status } });
}

function detailOf(thrown: unknown): string {
  const { code, message } = thrown as { code?: string; message?: string };
  return code ?? message ?? 'unknown';
}
