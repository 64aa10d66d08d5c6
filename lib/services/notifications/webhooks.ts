import { randomBytes } from 'node:crypto';
import { FiberkeepError, notFound } from '#errors';
import { recordAudit } from '#vault/audit.ts';
import { checkId, Fields } from '../accounts/account-fields.ts';
import { writeVault } from '../authority.ts';
import type { InPerson, Permit } from '../permit.ts';
import { openSecret, sealSecret } from '../sealed-secret.ts';
import type { Server } from '../server.ts';
import { assertMayConnect } from './public-address.ts';
import {
  countWebhooks,
  deleteWebhook,
  findWebhook,
  insertWebhook,
  listWebhooks as listRows,
  lockWebhooks,
  type WebhookRow,
} from './settings-rows.ts';

export type { WebhookRow };

const MOST_WEBHOOKS = 10;
const MOST_URL_CHARS = 2000;
const PREFIX = 'whsec_';
/** Standard Webhooks, "Symmetric": 24 to 64 bytes. */
const SECRET_BYTES = { least: 24, made: 32, most: 64 };

/** Oldest first. */
export function listWebhooks(
  server: Server,
  _permit: Permit<'backup.configure'>,
): Promise<WebhookRow[]> {
  return listRows(server.vault);
}

/**
 * Adds a receiver. The secret for checking signatures is returned only this once. Throws VALIDATION_FAILED, and
 * CONFLICT if there are too many.
 */
export async function addWebhook(
  server: Server,
  permit: InPerson<'backup.configure'>,
  input: { readonly url: string; readonly secret?: string | null },
): Promise<{ webhook: WebhookRow; secret: string }> {
  const { actor } = permit;
  const url = checkUrl(server, input.url);
  const secret = input.secret ? checkSecret(input.secret) : newSecret();
  const webhook = await writeVault(server, permit, async (tx) => {
    await lockWebhooks(tx);
    if ((await countWebhooks(tx)) >= MOST_WEBHOOKS)
      throw new FiberkeepError('CONFLICT', {
        reason: 'tooManyWebhooks',
        params: { max: MOST_WEBHOOKS },
      });
    const added = await insertWebhook(tx, url, actor, (id) =>
      sealSecret(server.keys, secretUse(id), secret),
    );
    await recordAudit(tx, {
      actor,
      action: 'notifications.webhook-add',
      target: { kind: 'webhook', id: added.id, name: new URL(url).host },
      outcome: 'DONE',
    });
    return added;
  });
  return { webhook, secret };
}

/** Checks an address in the URL at once. Every connection checks the address it connects to again. */
function checkUrl(server: Server, text: string): string {
  const fields = new Fields();
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
  if (!url || !['http:', 'https:'].includes(url.protocol))
    fields.refuse('input.url', { reason: 'url' });
  else if (url.username || url.password) fields.refuse('input.url', { reason: 'urlHasPassword' });
  else if (url.href.length > MOST_URL_CHARS)
    fields.refuse('input.url', { reason: 'tooLong', params: { max: MOST_URL_CHARS } });
  else refusePrivate(server, fields, url);
  fields.check();
  if (!url) throw new RangeError('a URL that was refused');
  url.hash = '';
  return url.href;
}

function refusePrivate(server: Server, fields: Fields, url: URL): void {
  try {
    assertMayConnect(url.hostname, server.config.webhookPrivateNetworks);
  } catch {
    fields.refuse('input.url', { reason: 'privateNetwork' });
  }
}

function newSecret(): string {
  return `${PREFIX}${randomBytes(SECRET_BYTES.made).toString('base64')}`;
}

function checkSecret(text: string): string {
  const fields = new Fields();
  const base64 = text.trim().replace(/^whsec_/, '');
  const bytes = Buffer.from(base64, 'base64');
  const whole = bytes.toString('base64').replaceAll('=', '') === base64.replaceAll('=', '');
  if (!whole || bytes.length < SECRET_BYTES.least || bytes.length > SECRET_BYTES.most)
    fields.refuse('input.secret', {
      reason: 'webhookSecret',
      params: { prefix: PREFIX, min: SECRET_BYTES.least, max: SECRET_BYTES.most },
    });
  fields.check();
  return `${PREFIX}${bytes.toString('base64')}`;
}

function secretUse(webhookId: string): string {
  return `webhook ${webhookId}`;
}

/** `whsec_…` of a webhook. Throws WRONG_KEY. */
export function secretOf(server: Pick<Server, 'keys'>, { id, secret }: WebhookRow): string {
  return openSecret(server.keys, secretUse(id), secret);
}

/** Throws NOT_FOUND. Messages waiting for this webhook are given up. */
export async function removeWebhook(
  server: Server,
  permit: InPerson<'backup.configure'>,
  id: string,
): Promise<string> {
  const { actor } = permit;
  const webhookId = checkId(id, 'webhook');
  await writeVault(server, permit, async (tx) => {
    const row = await findWebhook(tx, webhookId);
    if (!row) throw notFound('webhook');
    await deleteWebhook(tx, webhookId);
    await recordAudit(tx, {
      actor,
      action: 'notifications.webhook-remove',
      target: { kind: 'webhook', id: webhookId, name: new URL(row.url).host },
      outcome: 'DONE',
    });
  });
  return webhookId;
}
