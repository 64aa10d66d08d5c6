import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '#config';
import type { Locale } from '#errors';
import { claimJob } from '#jobs/queue.ts';
import { type NightLab, openNightLab } from '#testing/nights.ts';
import { readHealth } from '../health/health.ts';
import { housekeep } from '../housekeeping.ts';
import { notificationText } from '../notifications/notification-texts.ts';
import { localActor, permitInPerson } from '../permit.ts';
import { openServer, type Server } from '../server.ts';
import { notifyOverdueNight } from './overdue.ts';
import { runNightNow } from './run-night-now.ts';
import { updateSchedule } from './schedule.ts';

const HOUR_MS = 60 * 60 * 1000;

let lab: NightLab;
let other: Server;

beforeAll(async () => {
  lab = await openNightLab({ TIME_ZONE: 'America/Sao_Paulo' });
  other = await openServer(readConfig(lab.opened.env), { now: () => lab.server.now() });
});
afterAll(async () => {
  await other.close();
  await lab[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await lab.forget();
  await lab.server.pool.query('TRUNCATE vault.notification, vault.notification_settings');
  const mail = {
    mailHost: 'mail.example.net',
    mailPort: 25,
    mailSecurity: 'NONE',
    locale: 'en',
    mailFrom: 'fiberkeep@example.net',
    mailTo: ['ana@example.net'],
  };
  const events = ['NIGHT_FAILED', 'NIGHT_MISSED', 'NIGHT_OVERDUE', 'RECOVERED'];
  await lab.server.vault.notificationSettings.create({ data: { ...mail, events } });
  // The first night that is owed is that of the 23rd, at 05:00 UTC.
  await lab.tick('2026-11-22T12:00:00Z');
});

/** The chore at `now`, by two workers at once, twice. */
async function chores(now: string): Promise<void> {
  await lab.at(now);
  for (let round = 0; round < 2; round++)
    await Promise.all([lab.server, other, lab.server, other].map(notifyOverdueNight));
}

const messages = () =>
  lab.server.vault.notification.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });

/** What was told, oldest first: `EVENT night`. */
async function told(): Promise<string[]> {
  const subjectOf = (data: unknown) => {
    const { night, name } = data as { night?: string; name?: string };
    return night ?? name;
  };
  return (await messages()).map(({ event, data }) => `${event} ${subjectOf(data)}`);
}

test('a night that was run in the morning before leaves none overdue, and no backup older than two days', async () => {
  const mayCreate = await permitInPerson(lab.server, localActor('Ana'), 'backup.create');
  await lab.tick('2026-11-23T05:00:00Z');
  await lab.makeBackup();
  await lab.at('2026-11-23T12:00:00Z');
  expect(await runNightNow(lab.server, mayCreate)).toMatchObject({ outcome: 'BEGUN' });
  await lab.makeBackup();
  for (let hour = 12; hour <= 60; hour++) {
    const now = new Date(Date.parse('2026-11-23T00:00:00Z') + hour * HOUR_MS);
    await lab.tick(now.toISOString());
    while ((await lab.queued()) > 0) await lab.makeBackup();
    expect((await readHealth(lab.server)).overdue).toBe(false);
  }
  const nights = await lab.server.vault.night.findMany({ orderBy: { localDate: 'asc' } });
  expect(nights.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
  expect(nights[2]?.startedAt).toEqual(new Date('2026-11-25T05:00:00Z'));
});

describe('a night without its backup', () => {
  test('is notified four hours after its moment, once by two workers, as the banner shows it', async () => {
    await lab.tick('2026-11-23T05:00:00Z');
    await chores('2026-11-23T08:59:59Z');
    expect((await readHealth(lab.server)).overdue).toBe(false);
    expect(await told()).toEqual([]);
    await chores('2026-11-23T09:00:00Z');
    expect((await readHealth(lab.server)).overdue).toBe(true);
    await chores('2026-11-23T15:00:00Z');
    expect(await told()).toEqual(['NIGHT_OVERDUE 2026-11-23']);
    const scheduledFor = '2026-11-23T05:00:00.000Z';
    expect(await messages()).toMatchObject([
      { data: { night: '2026-11-23', scheduledFor, state: 'WAITING' } },
    ]);
  });

  test('is notified by the chores that run every minute', async () => {
    await lab.tick('2026-11-23T05:00:00Z');
    await lab.at('2026-11-23T09:00:00Z');
    await housekeep(lab.server);
    expect(await told()).toEqual(['NIGHT_OVERDUE 2026-11-23']);
  });

  test('is reported as running if it is, and as not begun if no worker saw it', async () => {
    await chores('2026-11-23T09:00:00Z');
    await lab.tick('2026-11-23T09:00:15Z');
    await lab.makeBackup();
    await lab.tick('2026-11-24T05:00:00Z');
    await claimJob(lab.server.vault, ['CREATE_BACKUP'], 'a test');
    await chores('2026-11-24T09:00:00Z');
    const states = (await messages()).map(({ data }) => (data as { state?: string }).state);
    expect(states).toEqual(['NOT_BEGUN', undefined, 'RUNNING']);
  });

  test('is notified for each date', async () => {
    await lab.tick('2026-11-23T05:00:00Z');
    await chores('2026-11-23T09:00:00Z');
    await lab.tick('2026-11-24T05:00:00Z');
    await chores('2026-11-24T08:59:00Z');
    expect(await told()).toHaveLength(1);
    await chores('2026-11-24T09:00:00Z');
    expect(await told()).toEqual(['NIGHT_OVERDUE 2026-11-23', 'NIGHT_OVERDUE 2026-11-24']);
  });
});

describe('no night is reported as overdue', () => {
  test('while every night has its backup in time', async () => {
    for (const date of ['2026-11-23', '2026-11-24']) {
      await lab.tick(`${date}T05:00:00Z`);
      await lab.makeBackup();
      await chores(`${date}T09:00:00Z`);
    }
    expect(await told()).toEqual([]);
  });

  test('after its failure was notified', async () => {
    for (const at of ['05:00:00', '05:05:00', '05:20:00', '06:05:00']) {
      await lab.tick(`2026-11-23T${at}Z`);
      await lab.failBackup();
      await lab.tick(`2026-11-23T${at}Z`);
    }
    await chores('2026-11-23T09:00:00Z');
    expect(await told()).toEqual(['NIGHT_FAILED 2026-11-23']);
  });

  test('while the schedule is off', async () => {
    await lab.tick('2026-11-23T05:00:00Z');
    const mayConfigure = await permitInPerson(lab.server, localActor('Ana'), 'backup.configure');
    await updateSchedule(lab.server, mayConfigure, { enabled: false });
    await chores('2026-11-23T09:00:00Z');
    expect(await told()).toEqual([]);
  });

  test('if its backup succeeds at the same moment', async () => {
    await lab.tick('2026-11-23T05:00:00Z');
    await lab.at('2026-11-23T09:00:00Z');
    const holder = await lab.opened.database.connect();
    let telling: Promise<void> | undefined;
    try {
      await holder.query(`BEGIN; UPDATE vault.night SET status = 'SUCCEEDED'`);
      telling = notifyOverdueNight(other);
      const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database()
        AND wait_event_type = 'Lock' AND query ILIKE '%vault.night%FOR UPDATE%'`;
      const { pool } = lab.server;
      await expect.poll(async () => (await pool.query(waiting)).rowCount).toBe(1);
      await holder.query('COMMIT');
    } finally {
      await holder.end();
    }
    await telling;
    expect(await told()).toEqual([]);
  });
});

describe('the recovery is notified', () => {
  test('when the overdue night has its backup, and not of the next one', async () => {
    await lab.tick('2026-11-23T05:00:00Z');
    await chores('2026-11-23T09:00:00Z');
    await lab.makeBackup();
    await chores('2026-11-23T09:10:00Z');
    await lab.tick('2026-11-24T05:00:00Z');
    await lab.makeBackup();
    await chores('2026-11-24T09:00:00Z');
    expect(await told()).toEqual(['NIGHT_OVERDUE 2026-11-23', 'RECOVERED 2026-11-23']);
  });

  test('when a later night has its backup, and not once more of the overdue one', async () => {
    await lab.tick('2026-11-23T05:00:00Z');
    const stuck = await claimJob(lab.server.vault, ['CREATE_BACKUP'], 'a test');
    await chores('2026-11-23T09:00:00Z');
    await lab.tick('2026-11-24T05:00:00Z');
    await lab.makeBackup();
    const recovered = ['NIGHT_OVERDUE 2026-11-23', 'RECOVERED 2026-11-24'];
    expect(await told()).toEqual(recovered);
    await lab.server.vault.job.update({
      where: { id: stuck?.id ?? '' },
      data: { status: 'QUEUED' },
    });
    await lab.makeBackup();
    await chores('2026-11-24T09:00:00Z');
    expect(await lab.ledger()).toEqual(['2026-11-23 SUCCEEDED', '2026-11-24 SUCCEEDED']);
    expect(await told()).toEqual(recovered);
  });

  test('of the newest overdue night, and not while that one still has no backup', async () => {
    for (const date of ['2026-11-23', '2026-11-24']) {
      await lab.tick(`${date}T05:00:00Z`);
      await chores(`${date}T09:00:00Z`);
    }
    await lab.makeBackup();
    expect(await lab.ledger()).toEqual(['2026-11-23 SUCCEEDED', '2026-11-24 RUNNING']);
    expect(await told()).toHaveLength(2);
    await lab.makeBackup();
    expect((await told()).at(-1)).toBe('RECOVERED 2026-11-24');
  });
});

test.each<[Locale, string, string]>([
  ['en', 'The backup of the night of 2026-11-23 is overdue', 'still waiting for its turn'],
  ['pt-BR', 'O backup da noite de 2026-11-23 está atrasado', 'ainda espera a sua vez'],
  ['es', 'La copia de la noche del 2026-11-23 está atrasada', 'aún espera su turno'],
])('the message in %s names the night and says what it waits for', (locale, subject, line) => {
  const data = {
    night: '2026-11-23',
    scheduledFor: '2026-11-23T05:00:00.000Z',
    state: 'WAITING' as const,
  };
  const text = notificationText('NIGHT_OVERDUE', data, locale);
  expect(text.subject).toBe(subject);
  expect(text.lines[0]).toContain(line);
});
