import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { guardCell, joinTags, splitTags, unguardCell } from './cell-text.ts';

describe('tags in a cell', () => {
  test.each([
    [['urgente', 'vistoriado'], 'urgente; vistoriado'],
    [['a;b', 'c'], '"a;b"; c'],
    [['"so called"', 'x'], '"""so called"""; x'],
    [['6" pipe'], '6" pipe'],
    [[], ''],
  ])('%j are written as %s, and read again', (names, cell) => {
    expect(joinTags(names)).toBe(cell);
    expect(splitTags(cell)).toEqual(names);
  });

  test.each([
    ['a;b', ['a', 'b']],
    ['  a ;; b ; ', ['a', 'b']],
    ['"a', ['"a']],
    ['"a" b; c', ['"a" b', 'c']],
  ])('that a person typed are taken: %j', (cell, names) => {
    expect(splitTags(cell)).toEqual(names);
  });

  test('come back whatever their names hold', () => {
    const line = fc.string({ minLength: 1, unit: fc.constantFrom('a', ';', '"', ' ', "'", 'é') });
    const name = line.map((text) => text.trim()).filter((text) => text !== '');
    fc.assert(
      fc.property(fc.array(name), (names) => {
        expect(splitTags(joinTags(names))).toEqual(names);
      }),
    );
  });
});

describe('a cell', () => {
  test.each([
    '=1+1',
    '+55 11 99999-0000',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '＝1',
    "'=1",
    "''=cmd|' /C calc'!A0",
  ])('that looks like a formula is text to a spreadsheet, and read again: %j', (text) => {
    expect(guardCell(text)).toBe(`'${text}`);
    expect(unguardCell(guardCell(text))).toBe(text);
  });

  test.each(['Poste 1', "'quoted'", "d'Ávila", '', '1-2', 'a=b'])('stays as it is: %j', (text) => {
    expect(guardCell(text)).toBe(text);
    expect(unguardCell(text)).toBe(text);
  });

  test('comes back whatever it holds', () => {
    const text = fc.string({ unit: fc.constantFrom("'", '=', '-', 'a', '\t', '＠', ' ') });
    fc.assert(
      fc.property(text, (cell) => {
        expect(unguardCell(guardCell(cell))).toBe(cell);
      }),
    );
  });
});
