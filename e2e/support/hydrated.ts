import type { Page } from '@playwright/test';

/**
 * Makes `goto` wait until React has taken over what people type into: before that, a loaded machine loses what a test
 * types in the first moments.
 */
export function gotoWhenHydrated(page: Page): void {
  const goto = page.goto.bind(page);
  page.goto = async (...given) => {
    const response = await goto(...given);
    await page.waitForFunction(() =>
      [...document.querySelectorAll('input, select, textarea, button')].every((element) =>
        Object.keys(element).some((key) => key.startsWith('__reactFiber')),
      ),
    );
    return response;
  };
}
