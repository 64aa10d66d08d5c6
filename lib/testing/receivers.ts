import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http, { type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** Self-signed, for `localhost`. Node trusts it if started with it in NODE_EXTRA_CA_CERTS. */
export const CERTIFICATE = new URL('tls/localhost.cert.pem', import.meta.url).pathname;
const KEY = new URL('tls/localhost.key.pem', import.meta.url).pathname;

/** A mail as the server received it. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly secure: boolean;
  /** Whether its addresses were announced as internationalized (RFC 6531). */
  readonly utf8: boolean;
}

export interface Mailbox extends AsyncDisposable {
  readonly port: number;
  readonly mails: ReceivedMail[];
  /** User and password of each attempt to sign in. */
  readonly logins: [string, string][];
  /** If set, every mail is refused with this answer. */
  refuseWith: string | null;
}

/** A real mail server on the loopback. `password`: required to sign in. */
export async function openMailbox(
  options: SMTPServerOptions & { password?: string } = {},
): Promise<Mailbox> {
  const { password, ...more } = options;
  const mails: ReceivedMail[] = [];
  const logins: [string, string][] = [];
  const mailbox = { refuseWith: null as string | null };
  const server = new SMTPServer({
    key: await readFile(KEY),
    cert: await readFile(CERTIFICATE),
    authOptional: password === undefined,
    onAuth(auth, _session, done) {
      logins.push([auth.username ?? '', auth.password ?? '']);
      if (auth.password === password) done(null, { user: auth.username });
      else done(new Error('Invalid username or password'));
    },
    onData(stream, session, done) {
      const pieces: Buffer[] = [];
      stream.on('data', (piece) => pieces.push(piece));
      stream.on('end', () => {
        if (mailbox.refuseWith !== null) return done(new Error(mailbox.refuseWith));
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(pieces).toString(),
          secure: session.secure,
          utf8: session.envelope.smtpUtf8 === true,
        });
        done();
      });
    },
    ...more,
  });
  // A client that rejects the certificate drops the connection.
  server.on('error', () => {});
  const listener = server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return Object.assign(mailbox, {
    port: (listener.address() as AddressInfo).port,
    mails,
    logins,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(resolve)),
  });
}

export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly requests: ReceivedRequest[];
}

/** A real HTTP server on the loopback; it answers 204 unless `answer` does otherwise. */
export async function openReceiver(
  answer: (response: http.ServerResponse, nth: number) => void = (response) =>
    response.writeHead(204).end(),
): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const server = http.createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const { method = '', url = '', headers } = request;
    requests.push({ method, url, headers, body });
    answer(response, requests.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/hook`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
