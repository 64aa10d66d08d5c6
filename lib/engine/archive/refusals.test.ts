import { expect, test } from 'vitest';
import { errorText, type FiberkeepError, locales } from '#errors';
import { altered, differs, larger, truncated } from './container/refusals.ts';
import { describeTarHeader, tarHeader } from './container/tar.ts';

const inAll = (error: FiberkeepError) =>
  locales.map((locale) => errorText(error, locale).message.replaceAll('\u00a0', ' '));

test('a refusal says where the file was altered, in each language', () => {
  expect(inAll(altered('segmentAltered', { segment: 11 }))).toEqual([
    'This file was altered after it was made: segment 11 is not the one that was written.',
    'Este arquivo foi alterado depois de feito: o segmento 11 não é o que foi escrito.',
    'Este archivo se alteró después de hacerse: el segmento 11 no es el que se escribió.',
  ]);
});

test('bytes are counted one by one, in each language', () => {
  expect(inAll(truncated('shorterThanWritten', { found: 1_234_567, written: 1_234_568 }))).toEqual([
    'This file was cut short: it has 1,234,567 of its 1,234,568 bytes.',
    'Este arquivo foi cortado: tem 1.234.567 dos seus 1.234.568 bytes.',
    'Este archivo está cortado: tiene 1.234.567 de sus 1.234.568 bytes.',
  ]);
  expect(inAll(altered('bytesAfterEnd', { count: 1 }))[0]).toBe(
    'This file was altered after it was made: 1 byte was added after its end.',
  );
  expect(inAll(larger('moreBytesThanAnnounced', { found: 5, announced: 4 }))[0]).toBe(
    'More came than was announced: 5 bytes instead of 4.',
  );
});

function found(change: (header: Buffer) => void): string | undefined {
  const header = tarHeader({ name: 'tables/pole.copy', bytes: 12, modifiedAt: 0 });
  change(header);
  return inAll(differs('entryAfterLast', describeTarHeader(header)))[0];
}

test('an entry that should not be there is named by what it is', () => {
  const beginning =
    'The contents of this file are not what it announces: after its last entry comes';
  expect(found(() => {})).toBe(`${beginning} “tables/pole.copy” with 12 bytes.`);
  expect(found((header) => header.fill(0))).toBe(`${beginning} the end.`);
  expect(found((header) => header.write('2', 156))).toBe(
    `${beginning} a symbolic link (“tables/pole.copy”).`,
  );
  expect(found((header) => header.fill('x', 124, 136))).toBe(
    `${beginning} “tables/pole.copy” with an unknown number of bytes.`,
  );
});
