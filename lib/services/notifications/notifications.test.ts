import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { networks, readConfig } from '#config';
import { FiberkeepError, failureOf } from '#errors';
import { failureRow, saidIn } from '#testing/failures.ts';
import { type Mailbox, openMailbox, openReceiver, type Receiver } from '#testing/receivers.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { spaceChanged } from '../health/storage.ts';
import { localActor, permitInPerson } from '../permit.ts';
import { restoreTestEnded } from '../restore-tests/verdict.ts';
import { nightEnded } from '../schedule/night-ended.ts';
import type { Server } from '../server.ts';
import { deliverNotification, RETRY_MS, takeNotification } from './deliver-notifications.ts';
import type { Occurrence } from './notification-kinds.ts';
import { updateNotificationSettings } from './notification-settings.ts';
import { notify } from './notify.ts';
import { addWebhook, removeWebhook } from './webhooks.ts';

let opened: TestServer;
let server: Server;
let mailbox: Mailbox;
let receiver: Receiver;
let answerWith = 204;

beforeAll(async () => {
  opened = await openTestServer();
  const webhookPrivateNetworks = networks(['127.0.0.1']);
  const local = { webhookPrivateNetworks, mailPrivateNetworks: webhookPrivateNetworks };
  server = { ...opened.server, config: { ...opened.server.config, ...local } };
  mailbox = await openMailbox({ disabledCommands: ['STARTTLS', 'AUTH'] });
  receiver = await openReceiver((response) => response.writeHead(answerWith).end());
});

afterAll(async () => {
  await receiver[Symbol.asyncDispose]();
  await mailbox[Symbol.asyncDispose]();
  await opened[Symbol.asyncDispose]();
});

beforeEach(async () => {
  answerWith = 204;
  mailbox.mails.length = 0;
  mailbox.refuseWith = null;
  receiver.requests.length = 0;
  await server.vault.notification.deleteMany();
  await server.vault.webhook.deleteMany();
  await setUpMail();
});

const configure = () => permitInPerson(server, localActor('Ana'), 'backup.configure');

async function setUpMail(events: readonly string[] | null = null) {
  return updateNotificationSettings(server, await configure(), {
    locale: 'en',
    events: events ?? [
      'NIGHT_FAILED',
      'NIGHT_MISSED',
      'RECOVERED',
      'RESTORE_TEST_FAILED',
      'DISK_NEARLY_FULL',
    ],
    email: {
      host: '127.0.0.1',
      port: mailbox.port,
      security: 'NONE',
      from: 'fiberkeep@example.net',
      to: ['ana@example.net'],
    },
  });
}

const addHook = async (url = receiver.url) => addWebhook(server, await configure(), { url });

const full = (occurrence: string = randomUUID()): Occurrence => ({
  event: 'DISK_NEARLY_FULL',
  occurrence,
  data: { freeBytes: '1500000000', daysUntilFull: 3, lack: null },
});

const tell = (occurrence: Occurrence) => server.vault.$transaction((tx) => notify(tx, occurrence));

const rows = () => server.vault.notification.findMany({ orderBy: { createdAt: 'asc' } });

/** One attempt at everything that is due, one after the other; answers how many there were. */
async function deliverAll(signal = new AbortController().signal): Promise<number> {
  for (let sent = 0; ; sent++) {
    const message = await takeNotification(server);
    if (!message) return sent;
    await deliverNotification(server, message, signal);
  }
}

/** As if the time until the next attempt had passed. */
const letTimePass = () =>
  server.vault.notification.updateMany({
    where: { status: 'PENDING' },
    data: { nextAttemptAt: new Date(0) },
  });

describe('notifications', () => {
  test('go by e-mail and to every webhook, once each', async () => {
    const { secret } = await addHook();
    await addHook(`${receiver.url}?second`);
    const occurrence = full();
    await tell(occurrence);
    await tell(occurrence);
    expect(await deliverAll()).toBe(3);
    expect(await deliverAll()).toBe(0);
    expect(mailbox.mails).toHaveLength(1);
    expect(mailbox.mails[0]?.text).toContain(
      'Subject: Fiberkeep: The disk of the backups is nearly full',
    );
    expect(mailbox.mails[0]?.text).toContain('1.5 GB are free.');
    expect(receiver.requests.map(({ url }) => url).sort()).toEqual(['/hook', '/hook?second']);
    const first = receiver.requests.find(({ url }) => url === '/hook');
    const headers = first?.headers as Record<string, string>;
    expect(new Webhook(secret).verify(first?.body ?? '', headers)).toMatchObject({
      type: 'disk.nearly-full',
      data: { ...occurrence.data, server: { id: server.keys.serverId, url: null } },
    });
    expect((await rows()).map(({ status }) => status)).toEqual(Array(3).fill('DELIVERED'));
  });

  test('are not sent if their transaction is rolled back', async () => {
    const rolledBack = server.vault.$transaction(async (tx) => {
      await notify(tx, full());
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');
    expect(await rows()).toEqual([]);
  });

  test('of events that are turned off are not sent', async () => {
    await setUpMail(['NIGHT_FAILED']);
    await tell(full());
    expect(await rows()).toEqual([]);
  });

  test('reach nobody while nothing is set up, and break nothing', async () => {
    await server.vault.notificationSettings.deleteMany();
    await tell(full());
    expect(await rows()).toEqual([]);
  });

  test('are each sent once by several workers at once', async () => {
    await addHook();
    for (let n = 0; n < 10; n++) await tell(full());
    const sent = await Promise.all(Array.from({ length: 5 }, () => deliverAll()));
    expect(sent.reduce((sum, n) => sum + n)).toBe(20);
    const ids = receiver.requests.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(10);
    expect(ids).toHaveLength(10);
    expect(mailbox.mails).toHaveLength(10);
  });
});

describe('a message that did not arrive', () => {
  beforeEach(async () => {
    await updateNotificationSettings(server, await configure(), { email: null });
    await addHook();
  });

  test('is tried again later, under the same id, until it does', async () => {
    answerWith = 503;
    await tell(full());
    expect(await deliverAll()).toBe(1);
    const [failed] = await rows();
    expect(failed).toMatchObject({
      status: 'PENDING',
      attempts: 1,
      error: { code: 'DELIVERY_FAILED' },
    });
    expect(saidIn(failed?.error).message).toContain('503');
    // Not before its time.
    expect(failed?.nextAttemptAt?.getTime()).toBeGreaterThan(Date.now());
    expect(await deliverAll()).toBe(0);
    await letTimePass();
    answerWith = 200;
    expect(await deliverAll()).toBe(1);
    expect(await rows()).toMatchObject([{ status: 'DELIVERED', attempts: 2, error: null }]);
    const ids = receiver.requests.map(({ headers }) => headers['webhook-id']);
    expect(ids).toEqual([failed?.id, failed?.id]);
  });

  test('is tried ever more rarely, and given up after two days', async () => {
    answerWith = 500;
    await tell(full());
    const waits: number[] = [];
    for (let n = 0; n < RETRY_MS.length; n++) {
      await letTimePass();
      const before = Date.now();
      expect(await deliverAll()).toBe(1);
      const [row] = await rows();
      expect(row?.status).toBe('PENDING');
      waits.push((row?.nextAttemptAt?.getTime() ?? 0) - before);
    }
    expect([...waits].sort((a, b) => a - b)).toEqual(waits);
    const total = RETRY_MS.reduce((sum, ms) => sum + ms);
    expect(total).toBeGreaterThan(24 * 3_600_000);
    await letTimePass();
    expect(await deliverAll()).toBe(1);
    expect(await rows()).toMatchObject([
      { status: 'FAILED', attempts: RETRY_MS.length + 1, nextAttemptAt: null },
    ]);
    expect(await deliverAll()).toBe(0);
  });

  test('because the worker was shut down is sent by the next one, and that attempt does not count', async () => {
    await tell(full());
    const stop = new AbortController();
    stop.abort(new Error('shutdown'));
    const message = await takeNotification(server);
    if (!message) throw new Error('nothing was due');
    await deliverNotification(server, message, stop.signal);
    expect(await rows()).toMatchObject([{ status: 'PENDING', attempts: 0 }]);
    expect(await deliverAll()).toBe(1);
    expect(await rows()).toMatchObject([{ status: 'DELIVERED', attempts: 1 }]);
  });

  test('because the worker vanished is sent by another one, and the result of the first is ignored', async () => {
    await tell(full());
    const lost = await takeNotification(server);
    expect(await deliverAll()).toBe(0);
    await letTimePass();
    const again = await takeNotification(server);
    if (!lost || !again) throw new Error('nothing was due');
    answerWith = 500;
    await deliverNotification(server, lost, new AbortController().signal);
    expect(await rows()).toMatchObject([{ status: 'PENDING', attempts: 2, error: null }]);
    answerWith = 204;
    await deliverNotification(server, again, new AbortController().signal);
    expect(await rows()).toMatchObject([{ status: 'DELIVERED', attempts: 2 }]);
  });

  test('is given up if its webhook was removed', async () => {
    await tell(full());
    const { webhook } = { webhook: await server.vault.webhook.findFirstOrThrow() };
    await removeWebhook(server, await configure(), webhook.id);
    await deliverAll();
    expect(await rows()).toMatchObject([{ status: 'FAILED', error: { code: 'NOT_FOUND' } }]);
    expect(receiver.requests).toEqual([]);
  });

  test('because its receiver is in a private network says so', async () => {
    await tell(full());
    const strict = { ...server, config: readConfig({}) };
    const message = await takeNotification(strict);
    if (!message) throw new Error('nothing was due');
    await deliverNotification(strict, message, new AbortController().signal);
    expect(await rows()).toMatchObject([{ status: 'PENDING', error: { code: 'ADDRESS_REFUSED' } }]);
    expect(receiver.requests).toEqual([]);
  });
});

describe('people are told', () => {
  const subjects = async () => {
    await deliverAll();
    return mailbox.mails.map(({ text }) => /^Subject: Fiberkeep: (.*)$/m.exec(text)?.[1]?.trim());
  };
  const night = (localDate: string, more: object = {}) =>
    server.vault.night.create({
      data: {
        id: randomUUID(),
        policy: 'nightly',
        localDate: new Date(localDate),
        scheduledFor: new Date(`${localDate}T05:00:00Z`),
        time: '02:00',
        timeZone: 'America/Sao_Paulo',
        status: 'FAILED',
        attempts: 4,
        ...more,
      },
    });

  test('that a night failed for good, and why', async () => {
    const failed = await night('2026-11-20', {
      error: failureRow('DISK_FULL'),
    });
    await server.vault.$transaction((tx) => nightEnded(tx, { kind: 'FAILED', night: failed }));
    expect(await subjects()).toEqual(['The backup of the night of 2026-11-20 failed']);
    const { text } = mailbox.mails[0] ?? { text: '' };
    for (const part of ['All 4 attempts failed', 'The disk is full.', 'Free some space,'])
      expect(text.replaceAll(/=\r?\n/g, '')).toContain(part);
  });

  test('that nights were missed, in one message', async () => {
    const nights = [await night('2026-11-10'), await night('2026-11-11')];
    await server.vault.$transaction((tx) => nightEnded(tx, { kind: 'MISSED', nights }));
    expect(await subjects()).toEqual(['2 nights without a backup']);
  });

  test('of the first good night after bad ones, and of no other good one', async () => {
    const good = await night('2026-11-12', { status: 'SUCCEEDED' });
    for (const recovered of [false, true])
      await server.vault.$transaction((tx) =>
        nightEnded(tx, { kind: 'SUCCEEDED', night: good, recovered }),
      );
    expect(await subjects()).toEqual(['Nightly backups work again']);
  });

  test('that a backup cannot be restored, and of the first restore test that succeeds after that', async () => {
    const backup = { id: randomUUID(), name: 'nightly', kind: 'AUTOMATIC', createdAt: new Date() };
    const error = failureOf(new FiberkeepError('CHUNK_CORRUPT'));
    const outcomes = ['TESTED', 'FAILED', 'UNDECIDED', 'TESTED', 'TESTED'] as const;
    for (const outcome of outcomes) {
      const why = outcome === 'TESTED' ? null : error;
      await server.vault.$transaction((tx) =>
        restoreTestEnded(tx, { backup, jobId: randomUUID(), outcome, error: why }),
      );
    }
    expect((await subjects()).sort()).toEqual([
      'A backup cannot be restored: nightly',
      'Backups can be restored again',
    ]);
  });

  test('that free space reached a worse level, and not that it reached a better one', async () => {
    const at = { freeBytes: 5n, daysUntilFull: null, lack: null };
    for (const [from, to] of [
      ['OK', 'LOW'],
      ['LOW', 'FULL'],
      ['FULL', 'LOW'],
      ['LOW', 'OK'],
    ] as const)
      await server.vault.$transaction((tx) => spaceChanged(tx, { ...at, from, to }));
    expect(await subjects()).toEqual(Array(2).fill('The disk of the backups is nearly full'));
  });

  test('in the language that was chosen', async () => {
    await updateNotificationSettings(server, await configure(), { locale: 'pt-BR' });
    await tell(full());
    await deliverAll();
    expect(mailbox.mails[0]?.text).toContain('1,5 GB livres.');
  });
});
