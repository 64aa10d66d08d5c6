import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { networks } from '#config';
import { failureOf } from '#errors';
import { RUN } from '#launcher/root.ts';
import { freePort } from '#testing/free-port.ts';
import { CERTIFICATE, openMailbox } from '#testing/receivers.ts';
import { runTool } from '#testing/tool.ts';
import { mayMailTo } from './mail-address.ts';
import { type MailSecurity, type MailServer, sendMail } from './send-mail.ts';

const mail = {
  id: '01990000-0000-7000-8000-000000000001',
  from: 'fiberkeep@example.net',
  to: ['ana@example.net', 'bo@example.net'],
  subject: 'Fiberkeep: O backup da noite de 2026-11-22 falhou',
  text: 'Verifique a conexão.\n\nhttps://fiberkeep.example.net/backup',
};
const never = () => new AbortController().signal;
const at = (port: number, more: Partial<MailServer> = {}): MailServer => ({
  host: 'localhost',
  port,
  security: 'NONE',
  user: null,
  password: null,
  privateNetworks: networks(['127.0.0.0/8', '::1']),
  ...more,
});

const toAddress = (to: string, from = mail.from) => ({ ...mail, from, to: [to] });

describe('an e-mail', () => {
  test('arrives with its recipients, subject and text, and one id whatever the attempt', async () => {
    await using mailbox = await openMailbox({ disabledCommands: ['STARTTLS', 'AUTH'] });
    for (let n = 0; n < 2; n++) await sendMail(at(mailbox.port), mail, never());
    const [first, second] = mailbox.mails;
    expect(first).toMatchObject({ from: mail.from, to: mail.to });
    const id = /^Message-ID: (.*)$/im.exec(first?.text ?? '')?.[1];
    expect(id).toBe(`<${mail.id}@example.net>`);
    expect(second?.text).toContain(`Message-ID: ${id}`);
    expect(first?.text).toContain(`Subject: ${mail.subject}`);
    expect(first?.text).toContain('Auto-Submitted: auto-generated');
    expect(first?.text).toMatch(/conex=C3=A3o/);
  });

  test('says what the mail server said when it was refused', async () => {
    await using mailbox = await openMailbox({ disabledCommands: ['STARTTLS', 'AUTH'] });
    mailbox.refuseWith = 'the quota is used up';
    await expect(sendMail(at(mailbox.port), mail, never())).rejects.toMatchObject({
      code: 'DELIVERY_FAILED',
      message: expect.stringContaining('the quota is used up'),
    });
  });

  const distrusted: [string, MailSecurity, boolean][] = [
    ['TLS', 'TLS', true],
    ['STARTTLS', 'STARTTLS', false],
  ];
  test.each(distrusted)(
    'is not sent, nor a password, over %s to a certificate that nobody vouches for',
    async (_, security, secure) => {
      await using mailbox = await openMailbox({ secure, password: 'hunter22222' });
      const server = at(mailbox.port, { security, user: 'ana', password: 'hunter22222' });
      await expect(sendMail(server, mail, never())).rejects.toMatchObject({
        code: 'DELIVERY_FAILED',
      });
      expect(mailbox.mails).toEqual([]);
      expect(mailbox.logins).toEqual([]);
    },
  );

  test('is not sent, nor a password, to a server that does not offer STARTTLS', async () => {
    await using mailbox = await openMailbox({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      password: 'hunter22222',
    });
    const server = at(mailbox.port, { security: 'STARTTLS', user: 'ana', password: 'hunter22222' });
    await expect(sendMail(server, mail, never())).rejects.toMatchObject({
      code: 'DELIVERY_FAILED',
    });
    expect(mailbox.logins).toEqual([]);
  });

  test.each(distrusted)(
    'is sent with its password over %s to a server whose certificate is good',
    async (_, security, secure) => {
      await using mailbox = await openMailbox({ secure, password: 'hunter22222' });
      const server = at(mailbox.port, { security, user: 'ana', password: 'hunter22222' });
      const code = await runTool(
        [
          RUN,
          'lib/services/notifications/send-mail.fixture.ts',
          JSON.stringify({ ...server, privateNetworks: null }),
          JSON.stringify(mail),
        ],
        { NODE_EXTRA_CA_CERTS: CERTIFICATE },
      );
      expect(code).toBe(0);
      expect(mailbox.logins).toEqual([['ana', 'hunter22222']]);
      expect(mailbox.mails).toMatchObject([{ to: mail.to, secure: true }]);
    },
  );
});

describe('an address with letters beyond ASCII', () => {
  const plain = { disabledCommands: ['STARTTLS', 'AUTH'] };

  test('gets its mail from a server that knows such addresses', async () => {
    await using mailbox = await openMailbox(plain);
    await sendMail(at(mailbox.port), toAddress('joão@example.net', 'maría@café.example'), never());
    expect(mailbox.mails).toMatchObject([
      { from: 'maría@café.example', to: ['joão@example.net'], utf8: true },
    ]);
    expect(mailbox.mails[0]?.text).toContain(`Message-ID: <${mail.id}@xn--caf-dma.example>`);
  });

  test.each([
    ['recipient', toAddress('joão@example.net')],
    ['sender', toAddress('ana@example.net', 'joão@example.net')],
  ])(
    'is named where the server does not know them (%s), and nothing is sent',
    async (_, message) => {
      await using mailbox = await openMailbox({ ...plain, hideSMTPUTF8: true });
      await expect(sendMail(at(mailbox.port), message, never())).rejects.toMatchObject({
        code: 'DELIVERY_FAILED',
        reason: 'mailAddressNotAscii',
        params: { address: 'joão@example.net' },
      });
      expect(mailbox.mails).toEqual([]);
    },
  );

  test('needs nothing of the server where only its domain has them', async () => {
    await using mailbox = await openMailbox({ ...plain, hideSMTPUTF8: true });
    await sendMail(at(mailbox.port), toAddress('ana@café.example', 'x@café.example'), never());
    expect(mailbox.mails).toMatchObject([{ utf8: false }]);
    expect(mailbox.mails[0]?.text).toContain('To: ana@xn--caf-dma.example');
    expect(mailbox.mails[0]?.text).toContain(`Message-ID: <${mail.id}@xn--caf-dma.example>`);
  });
});

describe('a place that is no mail server', () => {
  /** A service on the loopback that says `greeting`, and `reply` to whatever it is told. */
  async function openService(greeting: string, reply = greeting) {
    const service = net.createServer((socket) => {
      socket.on('error', () => {});
      if (greeting) socket.write(greeting);
      socket.on('data', () => socket.write(reply));
    });
    service.listen(0, '127.0.0.1');
    await once(service, 'listening');
    const { port } = service.address() as AddressInfo;
    return { port, [Symbol.asyncDispose]: async () => void service.close() };
  }

  const SECRET = 'token=hunter2';
  test.each([
    ['HTTP', `HTTP/1.1 400 Bad Request\r\nX: ${SECRET}\r\n\r\n`, undefined],
    ['FTP', `220 ${SECRET}\r\n`, `530 ${SECRET}\r\n`],
    ['Redis', `-ERR ${SECRET}\r\n`, undefined],
    ['SSH', `SSH-2.0-${SECRET}\r\n`, undefined],
  ])('is called that, and nothing of what it says is told (%s)', async (_, greeting, reply) => {
    await using service = await openService(greeting, reply);
    const thrown = await sendMail(at(service.port), mail, never()).catch((error) => error);
    expect(thrown).toMatchObject({ code: 'DELIVERY_FAILED', reason: 'notAMailServer' });
    expect(JSON.stringify(failureOf(thrown))).not.toContain('hunter2');
  });

  test('is told from one that refuses connections', async () => {
    const port = await freePort();
    await expect(sendMail(at(port), mail, never())).rejects.toMatchObject({
      reason: 'mailServerRefusesConnection',
      params: { server: `localhost:${port}` },
    });
  });

  test('is told from a name that there is not', async () => {
    const server = at(25, { host: 'mail.invalid', privateNetworks: null });
    await expect(sendMail(server, mail, never())).rejects.toMatchObject({
      reason: 'mailServerUnknown',
    });
  });

  test('has what a mail server says cut and cleaned', async () => {
    await using mailbox = await openMailbox({ disabledCommands: ['STARTTLS', 'AUTH'] });
    mailbox.refuseWith = `no \u001b[31m\u202e${'x'.repeat(5000)}`;
    const thrown = await sendMail(at(mailbox.port), mail, never()).catch((error) => error);
    const { detail } = thrown.params as { detail: string };
    expect(detail).toMatch(/^450 no /);
    expect(detail.length).toBeLessThanOrEqual(200);
    expect(detail).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe('mail goes', () => {
  const refused: [string, string, number, readonly string[] | null][] = [
    ['to no port of other services', '127.0.0.1', 5432, null],
    ['to no port of other services elsewhere', '93.184.216.34', 22, null],
    ['to no address of the link', '169.254.169.254', 25, null],
    ['to no multicast', '224.0.0.1', 25, null],
    ['to no private network but those named', '127.0.0.1', 25, ['10.0.0.0/8']],
    ['to no other port of a name either', 'localhost', 5432, null],
  ];
  test.each(refused)('%s (%s %d)', async (_what, host, port, named) => {
    const privateNetworks = named && networks(named);
    await expect(
      sendMail(at(port, { host, privateNetworks }), mail, never()),
    ).rejects.toMatchObject({
      code: 'ADDRESS_REFUSED',
      reason: 'mailAddressRefused',
      params: { host, port },
    });
  });

  const allowed: [string, number, readonly string[] | null][] = [
    ['127.0.0.1', 2525, null],
    ['10.1.2.3', 587, null],
    ['fd00::1', 465, null],
    ['93.184.216.34', 25, ['10.0.0.0/8']],
    ['10.1.2.3', 1025, ['10.0.0.0/8']],
  ];
  test.each(allowed)('to %s at port %d', (address, port, named) => {
    expect(mayMailTo(address, port, named && networks(named))).toBe(true);
  });
});
