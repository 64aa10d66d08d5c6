import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { encodeServerKey, parseServerKey, serverKeyGroups } from './server-key.ts';

const key = Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex');

test('the encoding is that of FORMAT.md', () => {
  expect(encodeServerKey(key)).toBe(
    'FIBERKEEP-KEY1QQQSYQCYQ5RQWZQFPG9SCRGWPUGPZYSNZS23V9CCRYDPK8QARC0SM7DJA6',
  );
});

test.each([
  ['as printed', (text: string) => text],
  ['in lower case', (text: string) => text.toLowerCase()],
  [
    'in groups over two lines',
    (text: string) => `${text.slice(0, 14)} ${text.slice(14, 30)}\n ${text.slice(30)}\n`,
  ],
])('a key comes back %s', (_how, write) => {
  const fresh = randomBytes(32);
  expect(parseServerKey(write(encodeServerKey(fresh)))).toEqual(fresh);
});

test('hex and base64 are keys too', () => {
  expect(parseServerKey(key.toString('hex'))).toEqual(key);
  expect(parseServerKey(`${key.toString('base64')}\n`)).toEqual(key);
});

test('one wrong character, or two swapped neighbors, make no key', () => {
  const text = encodeServerKey(key);
  for (let at = 14; at < text.length; at++) {
    const other = text[at] === 'Q' ? 'P' : 'Q';
    expect(parseServerKey(text.slice(0, at) + other + text.slice(at + 1))).toBe(null);
    const [a, b] = [text[at], text[at + 1]];
    if (b && a !== b)
      expect(parseServerKey(text.slice(0, at) + b + a + text.slice(at + 2))).toBe(null);
  }
});

test.each(['', 'FIBERKEEP-KEY1', 'nonsense', '00'.repeat(31), 'FIBERKEEP-KEY1QQQQ'])(
  '%j is no key',
  (text) => {
    expect(parseServerKey(text)).toBe(null);
  },
);

test('groups are the key after its name, four by four', () => {
  const groups = serverKeyGroups(key);
  expect(groups).toHaveLength(15);
  expect(`FIBERKEEP-KEY1${groups.join('')}`).toBe(encodeServerKey(key));
});
