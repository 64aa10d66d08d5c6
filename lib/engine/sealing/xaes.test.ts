import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { xaesOpen, xaesSeal } from './xaes.ts';

const nonce = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX');
const plaintext = Buffer.from('XAES-256-GCM');

// C2SP XAES-256-GCM, "Test vectors": one for each value of the top bit of L.
const published = [
  { key: 1, additional: '', sealed: 'ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271' },
  {
    key: 3,
    additional: 'c2sp.org/XAES-256-GCM',
    sealed: '986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d',
  },
];

describe('XAES-256-GCM', () => {
  test.each(published)('seals as the published vector with key byte $key', (vector) => {
    const key = Buffer.alloc(32, vector.key);
    const sealed = Buffer.concat(xaesSeal(key, nonce, plaintext, Buffer.from(vector.additional)));
    expect(sealed.toString('hex')).toBe(vector.sealed);
    expect(xaesOpen(key, nonce, sealed, Buffer.from(vector.additional))).toEqual(plaintext);
  });

  test('gives the published digest over ten thousand random messages', () => {
    const random = createHash('shake128', { outputLength: 8_000_000 }).digest();
    const all = createHash('shake128', { outputLength: 32 });
    let at = 0;
    const take = (bytes: number) => {
      at += bytes;
      return random.subarray(at - bytes, at);
    };
    for (let i = 0; i < 10_000; i++) {
      const key = Buffer.from(take(32));
      const drawn = take(24);
      const message = take(take(1)[0] ?? 0);
      const additional = take(take(1)[0] ?? 0);
      const sealed = Buffer.concat(xaesSeal(key, drawn, message, additional));
      if (!xaesOpen(key, drawn, sealed, additional)?.equals(message))
        throw new Error(`Message ${i}`);
      all.update(sealed);
    }
    expect(all.digest('hex')).toBe(
      'e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939',
    );
  });

  test('does not open what was altered anywhere', () => {
    const key = Buffer.alloc(32, 7);
    const sealed = Buffer.concat(xaesSeal(key, nonce, plaintext, Buffer.from('a')));
    for (let at = 0; at < sealed.length; at++) {
      const altered = Buffer.from(sealed);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(xaesOpen(key, nonce, altered, Buffer.from('a'))).toBeNull();
    }
    expect(xaesOpen(key, nonce, sealed, Buffer.from('b'))).toBeNull();
    expect(xaesOpen(key, nonce, sealed.subarray(0, 20), Buffer.from('a'))).toBeNull();
    expect(xaesOpen(key, nonce, sealed.subarray(0, 3), Buffer.from('a'))).toBeNull();
  });
});
