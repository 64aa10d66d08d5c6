import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { networks } from '#config';
import { openTestGraphQL, type SignedInClient, type TestGraphQL } from '#testing/graphql.ts';
import { type Mailbox, openMailbox, openReceiver, type Receiver } from '#testing/receivers.ts';
import { startWorker, type TestWorker } from '#testing/worker.ts';

const PASSWORD = 'a password of the mail server';

let graphql: TestGraphQL;
let ana: SignedInClient;

beforeAll(async () => {
  graphql = await openTestGraphQL();
  ana = await graphql.signedInAs('Administrator');
});

afterAll(() => graphql[Symbol.asyncDispose]());

const settingsFields = `events locale email { host port security user hasPassword from to }
  webhooks { id url }`;
const email = {
  host: 'smtp.example.net',
  user: 'fiberkeep',
  password: PASSWORD,
  from: 'fiberkeep@example.net',
  to: ['Ana@example.net', 'ana@example.net', 'bo@example.net'],
};

const update = (input: object) =>
  ana.send(
    `mutation ($input: UpdateNotificationSettingsInput!) {
       updateNotificationSettings(input: $input) { settings { ${settingsFields} } } }`,
    { input },
  );

const addWebhook = (input: object) =>
  ana.send(
    'mutation ($input: AddWebhookInput!) { addWebhook(input: $input) { webhook { id url } secret } }',
    { input },
  );

async function settings() {
  const answer = await ana.send(`{ notificationSettings { ${settingsFields} } }`);
  return answer.read<{ events: string[]; email: { hasPassword: boolean } | null }>(
    'notificationSettings',
  );
}

async function storedPassword() {
  return (await graphql.server.vault.notificationSettings.findUnique({ where: { id: 1 } }))
    ?.mailPassword;
}

describe('the settings of notifications', () => {
  test('cover every event and nobody, until somebody sets them', async () => {
    expect(await settings()).toEqual({
      events: [
        ...['NIGHT_FAILED', 'NIGHT_MISSED', 'NIGHT_OVERDUE'],
        ...[
          'RECOVERED',
          'RESTORE_TEST_FAILED',
          'NOT_RESTORABLE',
          'ROWS_DIFFER',
          'UNUSUAL_CHANGES',
          'DISK_NEARLY_FULL',
          'EXTERNAL_FAILED',
          'EXTERNAL_OVERDUE',
          'EXTERNAL_DAMAGED',
        ],
      ],
      locale: 'en',
      email: null,
      webhooks: [],
    });
  });

  test('keep what is left out, and never answer a secret', async () => {
    const first = await update({ email });
    expect(first.read('updateNotificationSettings')).toMatchObject({
      settings: {
        email: {
          host: 'smtp.example.net',
          port: 587,
          security: 'STARTTLS',
          user: 'fiberkeep',
          hasPassword: true,
          from: 'fiberkeep@example.net',
          to: ['ana@example.net', 'bo@example.net'],
        },
      },
    });
    await update({ events: ['RECOVERED', 'NIGHT_FAILED'], locale: 'pt-BR' });
    expect(await settings()).toMatchObject({
      events: ['NIGHT_FAILED', 'RECOVERED'],
      locale: 'pt-BR',
      email: { hasPassword: true },
    });
    const { password: _, ...without } = email;
    await update({ email: { ...without, to: ['cy@example.net'] } });
    expect(await settings()).toMatchObject({
      email: { hasPassword: true, to: ['cy@example.net'] },
    });
    await update({ email: { ...email, password: '' } });
    expect(await settings()).toMatchObject({ email: { hasPassword: false } });
    expect(await storedPassword()).toBe(null);
    await update({ email: null });
    expect(await settings()).toMatchObject({ email: null });
  });

  test('leave no secret in the database or the audit log', async () => {
    await update({ email });
    const { secret } = (await addWebhook({ url: 'https://hooks.example.net/a' })).read<{
      secret: string;
    }>('addWebhook');
    expect(secret).toMatch(/^whsec_/);
    const { rows: tables } = await graphql.server.pool.query<{ name: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
        WHERE table_schema IN ('plant', 'vault')`,
    );
    const hex = (text: string | Buffer) => Buffer.from(text).toString('hex');
    const bytes = Buffer.from(secret.slice('whsec_'.length), 'base64');
    for (const { name } of tables) {
      const { rows } = await graphql.server.pool.query(`SELECT t::text AS text FROM ${name} t`);
      for (const { text } of rows)
        for (const hidden of [PASSWORD, hex(PASSWORD), secret, hex(secret), hex(bytes)])
          expect(text).not.toContain(hidden);
    }
  });

  const elsewhere: [string, object][] = [
    ['another host', { host: 'evil.example.net' }],
    ['another user', { user: 'mallory' }],
    ['no encryption', { security: 'NONE' }],
  ];
  test.each(elsewhere)('do not send a kept password to %s', async (_, change) => {
    await update({ email });
    const { password: __, ...without } = email;
    const answer = await update({ email: { ...without, ...change } });
    expect(answer.code).toBe('VALIDATION_FAILED');
    expect(answer.errors[0]?.extensions.fields.map(({ path }) => path)).toEqual([
      'input.email.password',
    ]);
    expect(await settings()).toMatchObject({
      email: { host: 'smtp.example.net', user: 'fiberkeep' },
    });
  });

  const wrong: [string, object, string][] = [
    ['a language without texts', { locale: 'xx' }, 'input.locale'],
    ['no host', { email: { ...email, host: '' } }, 'input.email.host'],
    ['a host with a line break', { email: { ...email, host: 'a\r\nQUIT' } }, 'input.email.host'],
    ['a port that there is not', { email: { ...email, port: 70_000 } }, 'input.email.port'],
    ['a port that is not one of mail', { email: { ...email, port: 22 } }, 'input.email.port'],
    ['no recipient', { email: { ...email, to: [] } }, 'input.email.to'],
    [
      'a recipient with a line break',
      { email: { ...email, to: ['a@example.net\nBcc: b@example.net'] } },
      'input.email.to',
    ],
    ['a sender that is none', { email: { ...email, from: 'Fiberkeep' } }, 'input.email.from'],
    ['a password without a user', { email: { ...email, user: null } }, 'input.email.password'],
    [
      'a password that would go unencrypted',
      { email: { ...email, security: 'NONE' } },
      'input.email.password',
    ],
  ];
  test.each(wrong)('are not changed to %s', async (_, input, path) => {
    const answer = await update(input);
    expect(answer.code).toBe('VALIDATION_FAILED');
    expect(answer.errors[0]?.extensions.fields.map((field) => field.path)).toEqual([path]);
  });

  const urls: string[] = [
    'not a url',
    'ftp://hooks.example.net/',
    'javascript:alert(1)',
    'https://ana:secret@hooks.example.net/',
    'http://127.0.0.1:3000/',
    'http://[::1]/',
    'http://169.254.169.254/latest/meta-data/',
    `https://hooks.example.net/${'a'.repeat(2000)}`,
  ];
  test.each(urls)('take no webhook to %s', async (url) => {
    const answer = await addWebhook({ url });
    expect(answer.code).toBe('VALIDATION_FAILED');
    expect(answer.errors[0]?.extensions.fields.map(({ path }) => path)).toEqual(['input.url']);
  });

  test('take a secret of the receiver’s, if it is one', async () => {
    const url = 'https://hooks.example.net/own';
    const own = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
    expect((await addWebhook({ url, secret: own })).read('addWebhook')).toMatchObject({
      secret: own,
      webhook: { url },
    });
    for (const secret of ['whsec_short', 'no base64 at all!', `whsec_${'A'.repeat(200)}`])
      expect((await addWebhook({ url, secret })).code).toBe('VALIDATION_FAILED');
  });

  test('hold ten webhooks and no more, however many are added at once', async () => {
    await graphql.server.vault.webhook.deleteMany();
    const adding = Array.from({ length: 14 }, (_, n) =>
      addWebhook({ url: `https://hooks.example.net/${n}` }),
    );
    const codes = (await Promise.all(adding)).map(({ code }) => code);
    expect(codes.filter((code) => code === null)).toHaveLength(10);
    expect(codes.filter((code) => code === 'CONFLICT')).toHaveLength(4);
    const { id } = await graphql.server.vault.webhook.findFirstOrThrow();
    const remove = 'mutation ($id: ID!) { removeWebhook(id: $id) { id } }';
    expect((await ana.send(remove, { id })).read('removeWebhook')).toEqual({ id });
    expect((await ana.send(remove, { id })).code).toBe('NOT_FOUND');
    await graphql.server.vault.webhook.deleteMany();
  });
});

describe('the test button', () => {
  let worker: TestWorker;
  let mailbox: Mailbox;
  let receiver: Receiver;
  beforeAll(async () => {
    mailbox = await openMailbox({ disabledCommands: ['STARTTLS', 'AUTH'] });
    receiver = await openReceiver();
    const local = networks(['127.0.0.1']);
    Object.assign(graphql.server.config, {
      webhookPrivateNetworks: local,
      mailPrivateNetworks: local,
    });
    worker = startWorker(graphql.server);
  });
  afterAll(async () => {
    await worker.stop();
    await receiver[Symbol.asyncDispose]();
    await mailbox[Symbol.asyncDispose]();
  });

  interface Told {
    readonly id: string;
    readonly status: string;
  }

  const press = (channel: string) =>
    ana.send(
      `mutation ($channel: NotificationChannel!) { testNotification(channel: $channel) {
         notifications { id event channel target subject status attempts } } }`,
      { channel },
    );

  /** The message once the worker has tried it. */
  async function ended(id: string): Promise<Told> {
    let told: Told = { id, status: 'PENDING' };
    const look = async () => {
      const answer = await ana.send(
        `query ($id: ID!) { notification(id: $id) {
           id status attempts error { code message } deliveredAt nextAttemptAt } }`,
        { id },
      );
      told = answer.read<Told>('notification');
      return told.status;
    };
    await expect.poll(look).not.toBe('PENDING');
    return told;
  }

  test('says what is missing where nothing is set up', async () => {
    await update({ email: null });
    for (const channel of ['EMAIL', 'WEBHOOK'])
      expect((await press(channel)).code).toBe('CONFLICT');
  });

  test('sends one e-mail and says that it arrived', async () => {
    const { port } = mailbox;
    const local = { host: '127.0.0.1', port, security: 'NONE', user: null, password: null };
    expect((await update({ locale: 'es', email: { ...email, ...local, password: '' } })).code).toBe(
      null,
    );
    const { notifications } = (await press('EMAIL')).read<{ notifications: Told[] }>(
      'testNotification',
    );
    expect(notifications).toEqual([
      {
        id: expect.any(String),
        event: null,
        channel: 'EMAIL',
        target: 'ana@example.net, bo@example.net',
        subject: 'Notificación de prueba',
        status: 'PENDING',
        attempts: 0,
      },
    ]);
    expect(await ended(notifications[0]?.id ?? '')).toMatchObject({
      status: 'DELIVERED',
      attempts: 1,
      error: null,
      deliveredAt: expect.any(String),
    });
    expect(mailbox.mails).toHaveLength(1);
    // The mail is quoted-printable: the accents of the sentence are not.
    expect(mailbox.mails[0]?.text).toContain(`${ana.name} envi=C3=B3 esta prueba`);
  });

  test('says at once what went wrong, and does not try again', async () => {
    await graphql.server.vault.webhook.deleteMany();
    await receiver[Symbol.asyncDispose]();
    await addWebhook({ url: receiver.url });
    const { notifications } = (await press('WEBHOOK')).read<{ notifications: Told[] }>(
      'testNotification',
    );
    expect(await ended(notifications[0]?.id ?? '')).toMatchObject({
      status: 'FAILED',
      attempts: 1,
      nextAttemptAt: null,
      error: { code: 'DELIVERY_FAILED', message: expect.stringContaining('ECONNREFUSED') },
    });
  });

  test('is listed with everything else that was sent, newest first', async () => {
    const answer = await ana.send(
      '{ notifications(first: 1) { totalCount nodes { status target } pageInfo { hasNextPage } } }',
    );
    expect(answer.read('notifications')).toEqual({
      totalCount: 2,
      nodes: [{ status: 'FAILED', target: receiver.url }],
      pageInfo: { hasNextPage: true },
    });
    const audited = await graphql.server.vault.auditEvent.count({
      where: { action: 'notifications.test', actorId: ana.id },
    });
    expect(audited).toBe(2);
  });
});
