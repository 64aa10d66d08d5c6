import { describe, expect, test } from 'vitest';
import { RUN } from '#launcher/root.ts';
import { CERTIFICATE, openMailbox } from '#testing/receivers.ts';
import { runTool } from '#testing/tool.ts';
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
  ...more,
});

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
          JSON.stringify(server),
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
