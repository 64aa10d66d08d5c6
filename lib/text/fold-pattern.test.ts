import { describe, expect, test } from 'vitest';
import { foldName } from './fold.ts';
import { foldPattern } from './fold-pattern.ts';

const matches = (word: string, text: string) => {
  const pattern = foldPattern(foldName(word));
  return pattern === null || new RegExp(pattern, 'u').test(text);
};

describe('a pattern of a word takes every text whose fold has the word', () => {
  test.each([
    ['acacias', 'Rua das Acácias, 12'],
    ['acacias', 'Rua das Aca\u0301cias, 12'],
    ['ACÁCIAS', 'rua das acacias'],
    ['strasse', 'Straße 5'],
    ['oficina', 'o\ufb01cina'],
    ['n1⁄2', 'n½'],
    ['a\\b', 'x A\\B x'],
    ['100%_[^', 'de 100%_[^ a'],
    ['елка', 'Ёлка'],
    ['漢字', '古い漢字'],
    ['p-001', 'Ｐ－００１'],
    ["d'agua", 'Caixa d’Água'],
    ['abc', 'a\u200bb\u00adc'],
  ])('%s in %s', (word, text) => {
    expect(foldName(text)).toContain(foldName(word));
    expect(matches(word, text)).toBe(true);
  });

  test('of random letters too', () => {
    const letters = [...'aAáãÂ\u0301\u200bçÇnNñ1½ßœ-–_%\\.*[]^$|()ﬁяЯё漢𝕬 '];
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let turn = 0; turn < 3000; turn++) {
      const text = Array.from({ length: 12 }, () => letters[random(letters.length)]).join('');
      const [word = ''] = foldName(text).split(' ').slice(random(3));
      if (word !== '') expect([text, word, matches(word, text)]).toEqual([text, word, true]);
    }
  });
});

test('a pattern refuses texts of common letters that have not the word', () => {
  expect(matches('acacias', 'Rua das Açucenas, 99 – São João')).toBe(false);
  expect(matches('999', 'CTO 9 9 9')).toBe(false);
});
