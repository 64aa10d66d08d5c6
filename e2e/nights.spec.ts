import type { Page } from '@playwright/test';
import { graphql } from './support/graphql.ts';
import { picture } from './support/look.ts';
import { expect, test } from './support/test.ts';

interface Night {
  localDate: string;
  status: string;
  testedAt: string | null;
  backup: { id: string; name: string } | null;
}

// A night starts at a full minute, which the test waits for.
test.setTimeout(300_000);

/** Date and time of a zone at an instant. */
function clockOf(timeZone: string, at: Date): { date: string; time: string } {
  const text = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
  }).format(at);
  return { date: text.slice(0, 10), time: text.slice(11, 16) };
}

async function nightOf(page: Page, date: string): Promise<Night | undefined> {
  const { nights } = await graphql<{ nights: { nodes: Night[] } }>(
    page,
    `query ($day: String!) { nights(from: $day, to: $day) {
      nodes { localDate status testedAt backup { id name } } } }`,
    { day: date },
  );
  return nights.nodes[0];
}

/** Sets the schedule to the next minute, and waits until its backup is tested. */
async function passANight(page: Page, timeZone: string): Promise<Night> {
  const update =
    'mutation ($input: UpdateScheduleInput!) { updateSchedule(input: $input) { schedule { nextRun { at } } } }';
  const { date } = clockOf(timeZone, new Date());
  await expect
    .poll(
      async () => {
        const night = await nightOf(page, date);
        if (night) return night.testedAt !== null;
        const { time } = clockOf(timeZone, new Date(Date.now() + 60_000));
        const { schedule } = await graphql<{ schedule: { time: string; timeZone: string } }>(
          page,
          '{ schedule { time timeZone } }',
        );
        const soon = [time, clockOf(timeZone, new Date()).time];
        if (schedule.timeZone !== timeZone || !soon.includes(schedule.time))
          await graphql(page, update, { input: { enabled: true, time, timeZone } });
        return false;
      },
      { timeout: 240_000, intervals: [2_000] },
    )
    .toBe(true);
  return (await nightOf(page, date)) as Night;
}

test('a night comes, its backup is made and tested by itself, and the calendar shows it', async ({
  page,
}) => {
  // Keeps the night from falling on the next day.
  const timeZone = new Date().getUTCHours() === 23 ? 'America/Sao_Paulo' : 'UTC';
  await page.goto('/backup/nights');
  const night = await passANight(page, timeZone);
  expect(night.status).toBe('SUCCEEDED');

  const day = page.locator(`[data-day="${night.localDate}"]`);
  await expect(day).toHaveAccessibleName(/: Tested/);
  await expect(day).toHaveAttribute('aria-current', 'date');
  await day.click();
  const details = page.getByRole('region', { name: 'Nights' });
  await expect(details.getByRole('link', { name: /^Automatic / })).toBeVisible();
  await picture(page, 'nights');

  await details.getByRole('link', { name: /^Automatic / }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText(/restoring takes about \d+ (seconds?|minutes?)/)).toBeVisible();
  await expect(page).toHaveURL(/\/backup\?backup=/);
});

test('the calendar is walked with the keyboard, month by month, and not into the future', async ({
  page,
}) => {
  await page.goto('/backup/nights');
  const today = page.locator('[data-day][aria-current="date"]');
  await expect(today).toHaveAttribute('tabindex', '0');
  await expect(page.locator('[data-day][tabindex="0"]')).toHaveCount(1);
  const date = (await today.getAttribute('data-day')) ?? '';
  const shifted = (days: number) =>
    new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
  const focused = () =>
    page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.day);

  await today.focus();
  await page.keyboard.press('ArrowRight');
  expect(await focused()).toBe(date);
  await page.keyboard.press('ArrowLeft');
  await expect.poll(focused).toBe(shifted(-1));
  await page.keyboard.press('ArrowUp');
  await expect.poll(focused).toBe(shifted(-8));
  await page.keyboard.press('PageUp');
  await expect.poll(async () => (await focused())?.slice(0, 7)).not.toBe(shifted(-8).slice(0, 7));
  await expect(page.locator('[data-day][tabindex="0"]')).toHaveCount(1);
  const before = await focused();
  await page.getByRole('button', { name: 'Next month' }).click();
  await expect(page.locator('[data-day][tabindex="0"]')).not.toHaveAttribute(
    'data-day',
    before ?? '',
  );
});

test('the space of each day also stands in a table', async ({ page }) => {
  await page.goto('/backup/nights');
  const space = page.getByRole('region', { name: 'Space' });
  await expect(space.getByRole('img', { name: /^Space taken from/ })).toBeVisible();
  await space.getByText('As a table').click();
  await expect(space.getByRole('columnheader', { name: 'Added' })).toBeVisible();
  await expect(space.getByRole('rowheader').first()).toBeVisible();
});
