import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { expect, type Page } from '@playwright/test';

const axeSource = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Finding {
  id: string;
  help: string;
  nodes: { target: unknown[]; failureSummary?: string }[];
}

/** The rules whose answer depends on more than what stands where: on colors. */
const COLOR_RULES = ['color-contrast', 'link-in-text-block'];
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Fails if axe finds a violation of WCAG 2.2 A or AA, or of its best practices. */
export async function expectAccessible(page: Page): Promise<void> {
  await endAnimations(page);
  expect(await findingsOf(page, { type: 'tag', values: TAGS })).toEqual([]);
}

/** `expectAccessible` in both looks. In the second, only the colors are checked again unless more than they changed. */
export async function expectAccessibleInBothLooks(
  page: Page,
  inEach: (look: 'light' | 'dark') => Promise<void>,
): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light' });
  await inEach('light');
  await expectAccessible(page);
  const light = await layoutOf(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await inEach('dark');
  await endAnimations(page);
  if ((await layoutOf(page)) !== light) return expectAccessible(page);
  expect(await findingsOf(page, { type: 'rule', values: COLOR_RULES })).toEqual([]);
}

const sizes = [
  { width: 1280, height: 860 },
  { width: 390, height: 844 },
] as const;

/** Checks in both looks and widths that the page fits and axe finds nothing. */
export async function inspect(page: Page, name: string): Promise<void> {
  for (const size of sizes) {
    await page.setViewportSize(size);
    await expectAccessibleInBothLooks(page, async (look) => {
      await picture(page, `${name}-${look}-${size.width}`);
      await expectNoSideScroll(page);
    });
  }
  await page.setViewportSize(sizes[0]);
}

/**
 * Transitions end first, because colors in between lack contrast. One of an invisible element may never report its
 * end.
 */
async function endAnimations(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const one of document.getAnimations())
      if (Number.isFinite(one.effect?.getComputedTiming().endTime)) one.finish();
  });
}

/** The document, and where each element of it is seen. */
async function layoutOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const places = [...document.querySelectorAll('*')].map((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      const seen = element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
      return [seen, x, y, width, height].join(' ');
    });
    return [document.documentElement.outerHTML, ...places].join('\n');
  });
}

async function findingsOf(
  page: Page,
  runOnly: { type: 'tag' | 'rule'; values: readonly string[] },
): Promise<unknown[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(await axeSource);
  return page.evaluate(async (rules) => {
    const { axe } = globalThis as unknown as {
      axe: { run(options: unknown): Promise<{ violations: Finding[] }> };
    };
    const { violations } = await axe.run({
      runOnly: rules,
      resultTypes: ['violations'],
      // Only a rule on orientation reads style sheets, and it is none of these.
      preload: { assets: ['media'] },
    });
    return violations.map(({ id, help, nodes }) => ({
      id,
      help,
      where: nodes.map((node) => `${node.target.join(' ')}: ${node.failureSummary ?? ''}`),
    }));
  }, runOnly);
}

/** With PICTURES=1, keeps a picture of the page under test-results/pictures, for people to look at. */
export async function picture(page: Page, name: string, fullPage = false): Promise<void> {
  if (!process.env.PICTURES) return;
  const path = new URL(`../../test-results/pictures/${name}.png`, import.meta.url).pathname;
  await page.screenshot({ path, fullPage });
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
