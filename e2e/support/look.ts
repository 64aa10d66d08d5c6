import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { expect, type Page } from '@playwright/test';

const axeSource = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Finding {
  id: string;
  help: string;
  nodes: { target: unknown[]; failureSummary?: string }[];
}

/** Fails if axe finds a violation of WCAG 2.2 A or AA, or of its best practices. */
export async function expectAccessible(page: Page): Promise<void> {
  // Transitions end first, because colors in between lack contrast. One of an invisible element may
  // never report its end.
  await page.evaluate(() => {
    for (const one of document.getAnimations())
      if (Number.isFinite(one.effect?.getComputedTiming().endTime)) one.finish();
  });
  await page.evaluate(await axeSource);
  const findings = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(options: unknown): Promise<{ violations: Finding[] }> };
    };
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { violations } = await axe.run({
      runOnly: { type: 'tag', values: tags },
      resultTypes: ['violations'],
    });
    return violations.map(({ id, help, nodes }) => ({
      id,
      help,
      where: nodes.map((node) => `${node.target.join(' ')}: ${node.failureSummary ?? ''}`),
    }));
  });
  expect(findings).toEqual([]);
}

/** Keeps a picture of the page under test-results/pictures. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({
    path: new URL(`../../test-results/pictures/${name}.png`, import.meta.url).pathname,
  });
}

/** Fails if the page, or a table in its frame, scrolls sideways. */
export async function expectNoSideScroll(page: Page): Promise<void> {
  const tooWide = await page.evaluate(() => {
    const frames = [...document.querySelectorAll('main table')].map((table) => table.parentElement);
    return [document.documentElement, ...frames]
      .filter((frame) => frame && frame.scrollWidth > frame.clientWidth)
      .map((frame) => `${frame?.tagName} ${frame?.scrollWidth} > ${frame?.clientWidth}`);
  });
  expect(tooWide).toEqual([]);
}

/** Checks in every theme and width that the page fits and axe finds nothing. */
export async function inspect(page: Page, name: string): Promise<void> {
  for (const width of [1280, 390])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 860 });
      await picture(page, `${name}-${colorScheme}-${width}`);
      await expectNoSideScroll(page);
      await expectAccessible(page);
    }
  await page.setViewportSize({ width: 1280, height: 860 });
}
