import { isIP } from 'node:net';
import type { Prisma } from '#generated/vault/client.ts';
import { authorColumns } from '#vault/actor.ts';
import { recordAudit } from '#vault/audit.ts';
import { Fields } from '../accounts/account-fields.ts';
import { writeVault } from '../authority.ts';
import type { InPerson, Permit } from '../permit.ts';
import { openSecret, sealSecret } from '../sealed-secret.ts';
import type { Server } from '../server.ts';
import { MAIL_PORTS, mayNamePort } from './mail-address.ts';
import { notificationEvents } from './notification-kinds.ts';
import type { MailSecurity, MailServer } from './send-mail.ts';
import {
  type NotificationSettingsRow,
  readNotificationSettings,
  type Sealed,
  writeNotificationSettings,
} from './settings-rows.ts';

export type { NotificationSettingsRow };

const MOST_RECIPIENTS = 20;
const MOST_SECRET_CHARS = 1000;
/** RFC 8314 §3.3, RFC 6409 §3.1, RFC 5321 §4.5.4.2 */
const PORTS: Record<MailSecurity, number> = { TLS: 465, STARTTLS: 587, NONE: 25 };
const MOST_PORT = 65_535;
const securities = Object.keys(PORTS) as MailSecurity[];
/** A name of labels (RFC 1123 §2.1), or an address. */
const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i;

export interface EmailInput {
  readonly host: string;
  readonly port?: number | null;
  readonly security?: string | null;
  readonly user?: string | null;
  /** Left out: the stored password. Empty: none. */
  readonly password?: string | null;
  readonly from: string;
  readonly to: readonly string[];
}

/** Fields left out stay as they are; `email` null removes it. */
export interface SettingsInput {
  readonly events?: readonly string[] | null;
  readonly locale?: string | null;
  readonly email?: EmailInput | null;
}

/** The settings until somebody changes them: every event, in English, with no receivers. */
const untouched: NotificationSettingsRow = {
  id: 1,
  events: [...notificationEvents],
  locale: 'en',
  mailHost: null,
  mailPort: null,
  mailSecurity: null,
  mailUser: null,
  mailPassword: null,
  mailFrom: null,
  mailTo: [],
  updatedAt: null,
  updatedByKind: null,
  updatedById: null,
  updatedByName: null,
};

export async function getNotificationSettings(
  server: Pick<Server, 'vault'>,
  _permit: Permit<'backup.configure'>,
): Promise<NotificationSettingsRow> {
  return (await readNotificationSettings(server.vault)) ?? untouched;
}

/** Throws VALIDATION_FAILED. */
export async function updateNotificationSettings(
  server: Server,
  permit: InPerson<'backup.configure'>,
  input: SettingsInput,
): Promise<NotificationSettingsRow> {
  const { actor } = permit;
  return writeVault(server, permit, async (tx) => {
    const before = (await readNotificationSettings(tx)) ?? untouched;
    const changes = checkInput(server, before, input);
    const by = { updatedAt: new Date(), ...authorColumns('updatedBy', actor) };
    const after = await writeNotificationSettings(
      tx,
      { ...untouched, ...changes, ...by },
      { ...changes, ...by },
    );
    await recordAudit(tx, {
      actor,
      action: 'notifications.update',
      outcome: 'DONE',
      detail: publicPart(after),
    });
    return after;
  });
}

/** The settings without secrets. */
function publicPart(row: NotificationSettingsRow): Prisma.InputJsonObject {
  const { events, locale, mailHost, mailPort, mailSecurity, mailUser, mailFrom, mailTo } = row;
  return { events, locale, mailHost, mailPort, mailSecurity, mailUser, mailFrom, mailTo };
}

type Changes = Partial<Omit<NotificationSettingsRow, 'id' | 'mailPassword'>> & {
  mailPassword?: Sealed | null;
};

function checkInput(
  server: Server,
  before: NotificationSettingsRow,
  input: SettingsInput,
): Changes {
  const fields = new Fields();
  const changes: Changes = {
    ...(input.events != null && { events: checkEvents(fields, input.events) }),
    ...(input.locale != null && { locale: fields.locale('input.locale', input.locale) ?? 'en' }),
    ...(input.email !== undefined && checkEmail(server, fields, before, input.email)),
  };
  fields.check();
  return changes;
}

function checkEvents(fields: Fields, names: readonly string[]): string[] {
  const unknown = names.find((name) => !notificationEvents.some((event) => event === name));
  if (unknown !== undefined)
    fields.refuse('input.events', { reason: 'unknownEvent', params: { name: unknown } });
  return notificationEvents.filter((event) => names.includes(event));
}

const noMail = {
  mailHost: null,
  mailPort: null,
  mailSecurity: null,
  mailUser: null,
  mailPassword: null,
  mailFrom: null,
  mailTo: [],
};

function checkEmail(
  server: Server,
  fields: Fields,
  before: NotificationSettingsRow,
  email: EmailInput | null,
): Changes {
  if (email === null) return noMail;
  const security = securities.find((one) => one === (email.security ?? 'STARTTLS')) ?? 'STARTTLS';
  const port = email.port ?? PORTS[security];
  const host = email.host.trim().toLowerCase();
  if (isIP(host) === 0 && !HOST_NAME.test(host))
    fields.refuse('input.email.host', { reason: 'hostName' });
  if (!Number.isInteger(port) || port < 1 || port > MOST_PORT)
    fields.refuse('input.email.port', { reason: 'range', params: { min: 1, max: MOST_PORT } });
  else if (!mayNamePort(host, port, server.config.mailPrivateNetworks))
    fields.refuse('input.email.port', {
      reason: 'mailPort',
      params: { ports: MAIL_PORTS.join(', ') },
    });
  const user = email.user?.trim() || null;
  if (user !== null) fields.name('input.email.user', user);
  return {
    mailHost: host,
    mailPort: port,
    mailSecurity: security,
    mailUser: user,
    mailPassword: checkPassword(server, fields, before, { ...email, host, user, security }),
    mailFrom: fields.email('input.email.from', email.from),
    mailTo: checkRecipients(fields, email.to),
  };
}

interface Login {
  readonly host: string;
  readonly user: string | null;
  readonly security: MailSecurity;
  readonly password?: string | null;
}

/**
 * A stored password is used only for the host and user it was entered for. Otherwise somebody who may change the
 * settings could send it to their own server.
 */
function checkPassword(
  server: Server,
  fields: Fields,
  before: NotificationSettingsRow,
  login: Login,
): Sealed | null {
  const path = 'input.email.password';
  const { host, user, security, password } = login;
  if (password == null && before.mailPassword !== null) {
    if (before.mailHost === host && before.mailUser === user && security !== 'NONE')
      return new Uint8Array(before.mailPassword);
    fields.refuse(path, { reason: 'passwordNeededAgain' });
  }
  if (!password) return null;
  if (user === null) fields.refuse(path, { reason: 'passwordNeedsUser' });
  else if (security === 'NONE') fields.refuse(path, { reason: 'passwordNeedsEncryption' });
  else if (password.length > MOST_SECRET_CHARS)
    fields.refuse(path, { reason: 'tooLong', params: { max: MOST_SECRET_CHARS } });
  return fields.refused ? null : sealSecret(server.keys, passwordUse(host, user), password);
}

function passwordUse(host: string, user: string | null): string {
  return `mail password of ${user ?? ''} at ${host}`;
}

function checkRecipients(fields: Fields, to: readonly string[]): string[] {
  const path = 'input.email.to';
  if (to.length === 0) fields.refuse(path, { reason: 'noRecipients' });
  if (to.length > MOST_RECIPIENTS)
    fields.refuse(path, { reason: 'tooManyAddresses', params: { max: MOST_RECIPIENTS } });
  return [...new Set(to.slice(0, MOST_RECIPIENTS).map((address) => fields.email(path, address)))];
}

/** How to reach the mail server; null if no e-mail is set up. Throws WRONG_KEY. */
export function mailServerOf(
  server: Pick<Server, 'keys' | 'config'>,
  row: NotificationSettingsRow | null,
): (MailServer & { readonly from: string; readonly to: readonly string[] }) | null {
  if (!row || row.mailHost === null || row.mailPort === null || row.mailFrom === null) return null;
  const { mailHost: host, mailUser: user, mailPassword } = row;
  return {
    host,
    port: row.mailPort,
    security: securities.find((one) => one === row.mailSecurity) ?? 'STARTTLS',
    user,
    password: mailPassword && openSecret(server.keys, passwordUse(host, user), mailPassword),
    privateNetworks: server.config.mailPrivateNetworks,
    from: row.mailFrom,
    to: row.mailTo,
  };
}
