import { test as base, expect, type Page } from '@playwright/test';
import { gotoWhenHydrated } from './hydrated.ts';
import { administrator } from './people.ts';

/** The browser logs error responses that a test provokes; they are no fault of the page. 502: of a place elsewhere. */
const PROVOKED =
  /Failed to load resource: (the server responded with a status of (4\d\d|502)|net::ERR_CONNECTION_REFUSED)/;

/** The server wants the password again after five minutes: a test may have come later than that. */
async function givePassword(page: Page): Promise<void> {
  // By its text: Playwright looks for it before each step, and names of roles take long to compute on long tables.
  const dialog = page.locator('[role=dialog]', { hasText: 'Your password, please' });
  await page.addLocatorHandler(dialog, async () => {
    await dialog.getByLabel('Password').fill(administrator.password);
    await dialog.getByRole('button', { name: 'Confirm' }).click();
  });
}

/** Every test also fails if a page throws, or the browser blocks or reports something. */
export const test = base.extend<{ quiet: undefined }>({
  quiet: [
    async ({ context }, use) => {
      const complaints: string[] = [];
      context.on('console', (message) => {
        if (message.type() === 'error' && !PROVOKED.test(message.text()))
          complaints.push(message.text());
      });
      context.on('page', givePassword);
      context.on('page', gotoWhenHydrated);
      context.on('weberror', (error) => complaints.push(error.error().message));
      await use(undefined);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
