import nodemailer from 'nodemailer';
import { FiberkeepError } from '#errors';

export type MailSecurity = 'TLS' | 'STARTTLS' | 'NONE';

export interface MailServer {
  readonly host: string;
  readonly port: number;
  readonly security: MailSecurity;
  readonly user: string | null;
  readonly password: string | null;
}

export interface Mail {
  /** The same at every attempt, so mailboxes show the mail once. */
  readonly id: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

const CONNECT_MS = 10_000;
const WITHIN_MS = 30_000;

/**
 * Hands one mail to the mail server. Checks its certificate, requires STARTTLS where it is chosen, and sends a
 * password only over TLS. Throws DELIVERY_FAILED with the server's answer.
 */
export async function sendMail(server: MailServer, mail: Mail, signal: AbortSignal): Promise<void> {
  const transport = nodemailer.createTransport({
    host: server.host,
    port: server.port,
    secure: server.security === 'TLS',
    requireTLS: server.security === 'STARTTLS',
    ignoreTLS: server.security === 'NONE',
    ...authOf(server),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: CONNECT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const close = () => transport.close();
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)]);
  const over = new Promise<never>((_, reject) =>
    deadline.addEventListener('abort', () => reject(deadline.reason), { once: true }),
  );
  try {
    await Promise.race([transport.sendMail(messageOf(mail)), over]);
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    throw failed(server, thrown);
  } finally {
    over.catch(() => {});
    close();
  }
}

function authOf({ security, user, password }: MailServer) {
  if (security === 'NONE' || user === null || password === null) return {};
  return { auth: { user, pass: password } };
}

function messageOf({ id, from, to, subject, text }: Mail) {
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return {
    from: { name: 'Fiberkeep', address: from },
    to: [...to],
    subject,
    text,
    messageId: `<${id}@${domain}>`,
    // RFC 3834 §5: asks mailboxes not to answer automatically.
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}

function failed({ host, port }: MailServer, cause: unknown): FiberkeepError {
  const detail = (cause as { message?: string }).message ?? String(cause);
  return new FiberkeepError('DELIVERY_FAILED', {
    reason: 'mailServerSaid',
    params: { server: `${host}:${port}`, detail },
    cause,
  });
}
