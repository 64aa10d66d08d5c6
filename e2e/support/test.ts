import { test as base, expect } from '@playwright/test';

/** The browser logs error responses that a test provokes; they are no fault of the page. */
const PROVOKED = /Failed to load resource: the server responded with a status of 4\d\d/;

/** Every test also fails if a page throws, or the browser blocks or reports something. */
export const test = base.extend<{ quiet: undefined }>({
  quiet: [
    async ({ context }, use) => {
      const complaints: string[] = [];
      context.on('console', (message) => {
        if (message.type() === 'error' && !PROVOKED.test(message.text()))
          complaints.push(message.text());
      });
      context.on('weberror', (error) => complaints.push(error.error().message));
      await use(undefined);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
