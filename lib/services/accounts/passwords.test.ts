import { describe, expect, test } from 'vitest';
import { Fields } from './account-fields.ts';
import { hashPassword, verifyPassword } from './passwords.ts';

/** The faults that the form would show; none where the password is taken. */
function faultsOf(password: string): unknown {
  const fields = new Fields();
  fields.password('password', password, 'ana@example.net');
  try {
    fields.check();
    return null;
  } catch (thrown) {
    return (thrown as { fields: unknown }).fields;
  }
}

const tooLong = [{ path: 'password', reason: 'tooLong', params: { max: 1000 } }];

describe('a password that is taken', () => {
  const taken: [string, string][] = [
    ['of 1,000 letters', 'x'.repeat(1000)],
    ['of 1,000 characters beyond UTF-16’s first plane', '🔑'.repeat(1000)],
    ['of 1,000 letters typed with combining marks', 'e\u0301'.repeat(1000)],
    ['of 1,000 letters, each of four code points', '\u03c9\u0314\u0342\u0345'.repeat(1000)],
    ['of 55 ligatures that stand for 18 letters each', '\ufdfa'.repeat(55)],
  ];
  for (const [what, password] of taken)
    test(`fits ever after (${what})`, async () => {
      expect(faultsOf(password)).toBe(null);
      const hash = await hashPassword(password);
      expect(await verifyPassword(hash, password)).toBe(true);
      expect(await verifyPassword(hash, `${password}x`)).toBe(false);
    });

  test('fits from every keyboard, composed or not, and in any width', async () => {
    const hash = await hashPassword('Região Sul 42');
    for (const typed of ['Região Sul 42'.normalize('NFD'), 'Ｒｅｇｉãｏ Ｓｕｌ ４２'])
      expect(await verifyPassword(hash, typed)).toBe(true);
  });
});

describe('a password that is too long', () => {
  const refused: [string, string][] = [
    ['1,001 letters', 'x'.repeat(1001)],
    ['1,001 keys', '🔑'.repeat(1001)],
    ['56 ligatures of 18 letters', '\ufdfa'.repeat(56)],
    ['a million marks', `a${'\u0301'.repeat(1_000_000)}`],
  ];
  for (const [what, password] of refused)
    test(`is refused with the number (${what}), and matches nothing`, async () => {
      expect(faultsOf(password)).toEqual(tooLong);
      expect(await verifyPassword(await hashPassword('x'.repeat(1000)), password)).toBe(false);
    });
});
