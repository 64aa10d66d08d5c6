import type { Page } from '@playwright/test';
import { ensureUser, graphql } from './support/graphql.ts';
import { picture } from './support/look.ts';
import { freshPage, PASSWORD, signIn } from './support/people.ts';
import { expect, test } from './support/test.ts';

async function readSchedule(page: Page) {
  const { schedule } = await graphql<{
    schedule: {
      enabled: boolean;
      time: string;
      timeZone: string;
      keepLast: number;
      nextRun: { at: string } | null;
    };
  }>(page, '{ schedule { enabled time timeZone keepLast nextRun { at } } }');
  return schedule;
}

type Schedule = Awaited<ReturnType<typeof readSchedule>>;

async function setSchedule(page: Page, { nextRun: _, ...input }: Schedule): Promise<void> {
  await graphql(
    page,
    'mutation ($input: UpdateScheduleInput!) { updateSchedule(input: $input) { __typename } }',
    { input },
  );
}

// Resets the schedule, so that no night runs during other tests or a retry.
let found: Schedule;
test.beforeEach(async ({ page }) => {
  found = await readSchedule(page);
  await setSchedule(page, { ...found, enabled: true });
});
test.afterEach(({ page }) => setSchedule(page, found));

async function save(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Schedule saved').first()).toBeVisible();
}

test('time and zone are chosen, and the next night is shown in that zone and in UTC', async ({
  page,
}) => {
  await page.goto('/backup');
  await page.getByRole('link', { name: 'Schedule' }).click();
  await expect(page.getByLabel('Make a backup every day')).toBeChecked();
  await page.getByLabel('Time', { exact: true }).fill('02:00');
  const zone = page.getByRole('combobox', { name: 'Time zone' });
  await zone.fill('são paulo');
  await page.getByRole('option', { name: /^America\/Sao Paulo/ }).click();
  await save(page);
  const { nextRun, timeZone } = await readSchedule(page);
  expect(timeZone).toBe('America/Sao_Paulo');
  expect(nextRun?.at).toMatch(/T05:00:00\.000Z$/);
  const runs = page.getByRole('region', { name: 'Next and last' });
  await expect(runs).toContainText(/2:00 AM America\/Sao_Paulo/);
  await expect(runs).toContainText(/5:00 AM UTC/);
  const line = `curl -fOJ -H "Authorization: Bearer $FIBERKEEP_API_KEY" ${new URL(page.url()).origin}/api/backups/automatic/${nextRun?.at}`;
  await expect(page.getByText(line, { exact: true })).toBeVisible();
  await picture(page, 'schedule');

  await page.reload();
  await expect(zone).toHaveValue(/^America\/Sao Paulo/);
});

test('a schedule that is off is shown on the Backup tab until it is turned on again', async ({
  page,
}) => {
  await page.goto('/backup/schedule');
  await page.getByLabel('Make a backup every day').uncheck();
  await save(page);
  await page.getByRole('link', { name: 'Backups', exact: true }).click();
  const health = page.getByRole('region', { name: 'Backup health' });
  await expect(health.getByText('Automatic backups are off')).toBeVisible();
  await health.getByRole('link', { name: 'View' }).click();
  await page.getByLabel('Make a backup every day').check();
  await save(page);
  await page.getByRole('link', { name: 'Backups', exact: true }).click();
  await expect(health.getByText('Next automatic')).toBeVisible();
  await expect(health.getByText('Automatic backups are off')).toHaveCount(0);
});

test('the effect of retention numbers is shown before they are saved', async ({ page }) => {
  await page.goto('/backup/schedule');
  const before = await readSchedule(page);
  const newest = page.getByLabel('Last', { exact: true });
  await newest.fill('0');
  await expect(page.getByText('keep at least the last one')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Save' })).toBeDisabled();
  await newest.fill('3');
  await expect(page.getByText(/^Tonight would remove/)).toBeVisible();
  expect((await readSchedule(page)).keepLast).toBe(before.keepLast);
  await save(page);
  expect((await readSchedule(page)).keepLast).toBe(3);
  await newest.fill(String(before.keepLast));
  await save(page);
});

test('a manager reads the schedule, and cannot change it', async ({ page, browser }) => {
  const email = 'planner@example.net';
  await ensureUser(page, { name: 'Rita Plano', email, password: PASSWORD, role: 'Manager' });
  const reader = await freshPage(browser);
  await signIn(reader, email, PASSWORD);
  await reader.goto('/backup/schedule');
  await expect(reader.getByLabel('Time', { exact: true })).toBeDisabled();
  await expect(reader.getByText('Your role allows viewing the schedule')).toBeVisible();
  await expect(reader.getByRole('button', { name: 'Save' })).toHaveCount(0);
  await reader.context().close();
});

test('moments are in the schedule’s zone, which is named where the browser’s clock differs', async ({
  page,
  browser,
}) => {
  await setSchedule(page, {
    ...found,
    enabled: true,
    time: '02:00',
    timeZone: 'America/Sao_Paulo',
  });
  const { createBackup } = await graphql<{ createBackup: { job: { id: string } } }>(
    page,
    'mutation { createBackup(input: { name: "Of zones", includeFiles: false }) { job { id } } }',
  );
  const storageState = await page.context().storageState();
  const seenIn = async (timezoneId: string) => {
    await using context = await browser.newContext({ timezoneId, locale: 'en-US', storageState });
    const away = await context.newPage();
    await away.goto('/backup');
    const row = away.getByRole('row').filter({ hasText: 'Of zones' });
    const made = row.getByRole('time').first();
    const utc = await made.getAttribute('datetime');
    const text = ((await made.textContent()) ?? '').replaceAll(/\s/g, ' ');
    return { text, hour: new Date(Date.parse(utc ?? '') - 3 * 3_600_000).getUTCHours() };
  };
  expect(createBackup.job.id).not.toBe('');
  for (const [zone, named] of [
    ['America/Sao_Paulo', ''],
    ['Asia/Tokyo', ' GMT-3'],
  ] as const) {
    const { text, hour } = await seenIn(zone);
    expect(text).toMatch(new RegExp(`, ${hour % 12 || 12}:\\d\\d [AP]M${named}$`));
  }
});
