import { expect, test } from 'vitest';
import { sameName, tidyLine, wrongName } from './index.ts';

test.each([
  ['NFC', 'Re\u0301gia\u0303o', 'Régião'],
  ['one blank for many', 'Região  Sul', 'Região Sul'],
  ['a blank for a no-break space', 'Região\u00a0Sul', 'Região Sul'],
  ['a blank for a tab', 'Região\tSul', 'Região Sul'],
  ['trimmed', ' \u3000Sul\n', 'Sul'],
  ['no zero-width space', 'Re\u200bgião', 'Região'],
  ['no joiner between Latin letters', 'Re\u200dgi\u200cão', 'Região'],
  ['no mark of a file of text', '\ufeffRegião', 'Região'],
  ['no soft hyphen', 'Re\u00adgião', 'Região'],
  ['no override', 'a\u202egnp.exe', 'agnp.exe'],
  ['no embedding, as of pasted phone numbers', '\u202a+55 19\u202c', '+55 19'],
  ['no isolate', 'a\u2067b', 'ab'],
  ['no direction mark', 'abc\u200f 1', 'abc 1'],
  ['composed across what is taken out', 'e\u034f\u0301', 'é'],
  ['no variant of a letter', 'a\ufe0f', 'a'],
  ['no tags after a letter', 'a\u{e0061}\u{e007f}', 'a'],
])('a name is kept with %s', (_what, typed, kept) => {
  expect(tidyLine(typed)).toBe(kept);
  expect(tidyLine(kept)).toBe(kept);
});

test.each([
  ['a family in one emoji', '👩‍👩‍👧 Silva'],
  ['an emoji with a tone', '👩🏽‍🔧'],
  ['an emoji in color', '☎\ufe0f 1\ufe0f\u20e3'],
  ['the flag of a region', '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}'],
  ['Persian letters kept apart', 'می\u200cخواهم'],
  ['Sinhala letters joined', 'ශ්\u200dරී'],
  ['a Malayalam letter at the end', 'അവന്\u200d'],
  ['a variant of an ideograph', '葛\u{e0100}城'],
  ['accents that have no letter of their own', 'n\u0303\u0323'.normalize('NFC')],
  ['right to left', 'قبل الترقية'],
])('%s looks as it was typed', (_what, name) => {
  expect(tidyLine(name)).toBe(name);
  expect(wrongName(name, 200)).toBeNull();
});

test.each([
  ['composed or not', 'Região Sul', 'Re\u0301gia\u0303o Sul'.replace('Re\u0301', 'Re')],
  ['with two blanks', 'Região Sul', 'Região  Sul'],
  ['with a no-break space', 'Região Sul', 'Região\u00a0Sul'],
  ['with a zero-width space', 'Região Sul', 'Re\u200bgião Sul '],
  ['with or without the color of an emoji', '☎ 1', '☎\ufe0f 1'],
])('two names %s are the same', (_what, one, other) => {
  expect(sameName(one, other)).toBe(true);
});

test.each([
  ['case', 'Sul', 'sul'],
  ['accents', 'Região', 'Regiao'],
  ['letters', 'Sul', 'Su1'],
])('names that differ in %s are two', (_what, one, other) => {
  expect(sameName(one, other)).toBe(false);
});
