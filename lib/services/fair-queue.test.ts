import { expect, test } from 'vitest';
import { FairQueue } from './fair-queue.ts';

/** Work that ends when it is told to, and the keys in the order in which theirs began. */
function openLab(limits: Partial<ConstructorParameters<typeof FairQueue>[0]> = {}) {
  const queue = new FairQueue({ atOnce: 1, waiting: 100, waitingPerKey: 100, ...limits });
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return {
    begun,
    ask: (key: string) =>
      queue.run(key, () => {
        begun.push(key);
        return new Promise<void>((resolve) => ends.push(resolve));
      }),
    async endOne() {
      ends.shift()?.();
      await settled();
    },
  };
}

test('no more work runs at once than is allowed', async () => {
  const lab = openLab({ atOnce: 2 });
  const all = ['a', 'b', 'c'].map(lab.ask);
  expect(lab.begun).toEqual(['a', 'b']);
  await lab.endOne();
  expect(lab.begun).toEqual(['a', 'b', 'c']);
  await lab.endOne();
  await lab.endOne();
  await Promise.all(all);
});

test('whoever asks once does not wait behind somebody who asked a hundred times', async () => {
  const lab = openLab();
  const all = Array.from({ length: 100 }, () => lab.ask('hostile'));
  all.push(lab.ask('honest'));
  await lab.endOne();
  await lab.endOne();
  expect(lab.begun).toContain('honest');
  while (lab.begun.length < 101) await lab.endOne();
  await lab.endOne();
  await Promise.all(all);
});

test.each([
  ['of one key', { waitingPerKey: 2 }, ['a', 'a', 'a', 'a'], 'b'],
  ['in all', { waiting: 2 }, ['a', 'b', 'c', 'd'], null],
])(
  'too many who wait (%s) are refused at once, and others go on',
  async (_, limits, keys, other) => {
    const lab = openLab(limits);
    const asked = keys.map((key) => lab.ask(key));
    const last = asked.pop();
    await expect(last).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 2 });
    if (other) asked.push(lab.ask(other));
    for (const _one of asked) await lab.endOne();
    await Promise.all(asked);
  },
);

test('work that fails makes room like any other', async () => {
  const queue = new FairQueue({ atOnce: 1, waiting: 1, waitingPerKey: 1 });
  const fails = () => Promise.reject(new Error('no'));
  const first = queue.run('a', fails);
  const second = queue.run('b', async () => 'done');
  await expect(first).rejects.toThrow('no');
  expect(await second).toBe('done');
  expect(await queue.run('c', async () => 'again')).toBe('again');
});
