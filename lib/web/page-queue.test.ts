import { expect, test } from 'vitest';
import { PageQueue } from './page-queue.ts';

const here = { destroyed: false, writableEnded: false, writableNeedDrain: false };
const never = () => new Promise<void>(() => {});

test('four pages are rendered at once, and networks take turns', async () => {
  const queue = new PageQueue();
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (network: string) =>
    queue.render(network, here, () => {
      begun.push(network);
      return new Promise((resolve) => ends.push(resolve));
    });
  const asked = [...'aaaaaaaa'].map(ask);
  asked.push(ask('b'));
  expect(begun.join('')).toBe('aaaa');
  for (let n = 0; n < 9; n += 1) {
    await expect.poll(() => ends.length).toBeGreaterThan(n);
    ends[n]?.();
  }
  await Promise.all(asked);
  expect(begun.join('')).toBe('aaaaabaaa');
});

test('pages that never end do not keep others waiting', async () => {
  const queue = new PageQueue(50);
  for (let n = 0; n < 4; n += 1) void queue.render('a', here, never);
  let isRendered = false;
  await queue.render('b', here, async () => {
    isRendered = true;
  });
  expect(isRendered).toBe(true);
});

test.each(['writableEnded', 'writableNeedDrain'])(
  'pages that wait for clients who take nothing (%s) keep nobody waiting',
  async (state) => {
    const queue = new PageQueue();
    for (let n = 0; n < 4; n += 1) {
      const response = { ...here };
      void queue.render('a', response, () => {
        Object.assign(response, { [state]: true });
        return never();
      });
    }
    let isRendered = false;
    await queue.render('a', here, async () => {
      isRendered = true;
    });
    expect(isRendered).toBe(true);
  },
);

test('nothing is rendered for a client that is gone, and what fails is told', async () => {
  const queue = new PageQueue();
  await queue.render('a', { ...here, destroyed: true }, () =>
    Promise.reject(new Error('rendered')),
  );
  const failing = () => Promise.reject(new Error('broken'));
  await expect(queue.render('a', here, failing)).rejects.toThrow('broken');
});
