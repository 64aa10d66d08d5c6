import { once } from 'node:events';
import net, { type BlockList, isIP, type Socket } from 'node:net';
import { domainToASCII } from 'node:url';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { FiberkeepError } from '#errors';
import { mayMailTo } from './mail-address.ts';
import { mailFailure, refusedByAddress, timedOut } from './mail-failure.ts';
import { lookupWhere } from './public-address.ts';

export type MailSecurity = 'TLS' | 'STARTTLS' | 'NONE';

export interface MailServer {
  readonly host: string;
  readonly port: number;
  readonly security: MailSecurity;
  readonly user: string | null;
  readonly password: string | null;
  /** As `mayMailTo` takes them. */
  readonly privateNetworks: BlockList | null;
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
 * password only over TLS. Throws DELIVERY_FAILED with what went wrong, and ADDRESS_REFUSED before a byte is sent
 * where mail may not go. Tells what the peer says only once it has shown to be a mail server.
 */
export async function sendMail(server: MailServer, mail: Mail, signal: AbortSignal): Promise<void> {
  const deadline = AbortSignal.timeout(WITHIN_MS);
  const over = AbortSignal.any([signal, deadline]);
  try {
    await handOver(server, mail, over);
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    throw deadline.aborted ? timedOut(server, WITHIN_MS) : thrown;
  }
}

async function handOver(server: MailServer, mail: Mail, over: AbortSignal): Promise<void> {
  const socket = await inStage(server, 'reach', () => reach(server, over));
  const smtp = new SMTPConnection({ ...optionsOf(server), connection: socket });
  const end = () => smtp.close();
  over.addEventListener('abort', end);
  try {
    await inStage(server, 'greet', () => untilDone(smtp, (done) => smtp.connect(done)));
    requireUtf8(server, smtp, mail);
    await logIn(server, smtp);
    const { envelope, message } = await compose(mail);
    await inStage(server, 'send', () =>
      untilDone(smtp, (done) => smtp.send(envelope, message, done)),
    );
    smtp.quit();
  } finally {
    over.removeEventListener('abort', end);
    smtp.close();
    socket.destroy();
  }
}

async function inStage<T>(
  server: MailServer,
  stage: Parameters<typeof mailFailure>[1],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw mailFailure(server, stage, thrown);
  }
}

/** The address that was judged is the one connected to. */
async function reach(server: MailServer, signal: AbortSignal): Promise<Socket> {
  const { host, port, privateNetworks } = server;
  const isGood = (address: string) => mayMailTo(address, port, privateNetworks);
  if (isIP(host) !== 0 && !isGood(host)) throw refusedByAddress(server);
  const lookup = lookupWhere(isGood, () => refusedByAddress(server));
  const socket = net.connect({ host, port, lookup });
  try {
    await once(socket, 'connect', {
      signal: AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]),
    });
    return socket;
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  }
}

function optionsOf({ host, port, security }: MailServer) {
  return {
    host,
    port,
    secure: security === 'TLS',
    requireTLS: security === 'STARTTLS',
    ignoreTLS: security === 'NONE',
    // RFC 6066 §3: an address is no server name.
    ...(isIP(host) === 0 && { tls: { servername: host } }),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: CONNECT_MS,
  };
}

/** Waits for a step of the connection, or for the error that ends it. */
function untilDone(
  smtp: SMTPConnection,
  step: (done: (error?: Error | null) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    smtp.once('error', reject);
    smtp.once('end', () => reject(new Error('The connection ended')));
    step((error) => (error ? reject(error) : resolve()));
  });
}

const BEYOND_ASCII = /[^\p{ASCII}]/u;

/** RFC 6531 §3.1: such addresses may be sent only to a server that offers SMTPUTF8. Domains have another form. */
function requireUtf8({ host, port }: MailServer, smtp: SMTPConnection, { from, to }: Mail): void {
  const address = [from, ...to].find((one) =>
    BEYOND_ASCII.test(one.slice(0, one.lastIndexOf('@'))),
  );
  if (address === undefined || /^250[ -]SMTPUTF8\b/im.test(String(smtp.lastServerResponse))) return;
  throw new FiberkeepError('DELIVERY_FAILED', {
    reason: 'mailAddressNotAscii',
    params: { server: `${host}:${port}`, address },
  });
}

async function logIn(server: MailServer, smtp: SMTPConnection): Promise<void> {
  const { security, user, password } = server;
  if (security === 'NONE' || user === null || password === null) return;
  const auth = { credentials: { user, pass: password } };
  await inStage(server, 'login', () => untilDone(smtp, (done) => smtp.login(auth, done)));
}

async function compose({ id, from, to, subject, text }: Mail) {
  const domain = from.slice(from.lastIndexOf('@') + 1);
  const node = new MailComposer({
    from: { name: 'Fiberkeep', address: from },
    to: [...to],
    subject,
    text,
    // RFC 5322 §3.6.4: an id is ASCII.
    messageId: `<${id}@${domainToASCII(domain) || 'localhost'}>`,
    // RFC 3834 §5: asks mailboxes not to answer automatically.
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  return { envelope: node.getEnvelope(), message: await node.build() };
}
