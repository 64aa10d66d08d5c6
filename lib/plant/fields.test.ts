import { expect, test } from 'vitest';
import { z } from 'zod';
import { type FiberkeepError, type FieldError, fieldText, locales } from '#errors';
import {
  colorField,
  idField,
  latField,
  lengthField,
  MOST_TAGS,
  nameField,
  pathField,
  readInput,
  tagIdsField,
  textField,
  wholeField,
  wordField,
} from './fields.ts';

function faults(field: z.ZodType, value: unknown): readonly FieldError[] {
  try {
    readInput(z.object({ field }), { field: value });
    return [];
  } catch (thrown) {
    return (thrown as FiberkeepError).fields;
  }
}

const id = '01890a5d-ac96-774b-bcce-b302099a8057';

test.each<[string, z.ZodType, unknown, object[]]>([
  ['a name that is missing', nameField(), undefined, [{ reason: 'required' }]],
  ['an empty name', nameField(), ' ', [{ reason: 'required' }]],
  ['a long name', nameField(3), 'abcd', [{ reason: 'tooLong', params: { max: 3 } }]],
  ['a name with a control character', nameField(), 'a\0', [{ reason: 'controlCharacters' }]],
  ['a long text', textField(3), 'abcd', [{ reason: 'tooLong', params: { max: 3 } }]],
  ['a text with a bell', textField(), '\u0007', [{ reason: 'controlCharacters' }]],
  ['what is no id', idField, '5', [{ reason: 'notAnId' }]],
  ['a missing id', idField, undefined, [{ reason: 'notAnId' }]],
  [
    'too many tags',
    tagIdsField,
    Array(MOST_TAGS + 1).fill(id),
    [{ reason: 'tooManyTags', params: { max: MOST_TAGS } }],
  ],
  ['a latitude that is none', latField, 90.5, [{ reason: 'range', params: { min: -90, max: 90 } }]],
  ['a latitude in words', latField, 'north', [{ reason: 'notANumber' }]],
  ['half a box', wholeField(1, 9), 1.5, [{ reason: 'wholeNumber', params: { min: 1, max: 9 } }]],
  ['no number', wholeField(1, 9), null, [{ reason: 'wholeNumber', params: { min: 1, max: 9 } }]],
  [
    'another word',
    wordField(['DROP', 'BACKBONE']),
    'drop',
    [{ reason: 'notOneOf', params: { words: 'DROP, BACKBONE' } }],
  ],
  ['a color by name', colorField, 'red', [{ reason: 'notAColor' }]],
  ['a length below nothing', lengthField, -1, [{ reason: 'atLeast', params: { min: 0 } }]],
  ['a length beyond', lengthField, 1e9, [{ reason: 'atMost', params: { max: 10_000_000 } }]],
  ['what is no path', pathField, 'here', [{ reason: 'notAPosition' }]],
  ['half a position', pathField, [[1], [2, 3]], [{ path: 'field.0', reason: 'notAPosition' }]],
  ['one position', pathField, [[1, 2]], [{ reason: 'onePosition' }]],
  [
    'a position off the earth',
    pathField,
    [
      [181, 0],
      [2, 3],
    ],
    [{ path: 'field.0.0', reason: 'range', params: { min: -180, max: 180 } }],
  ],
])('%s is refused with its reason', (_case, field, value, expected) => {
  expect(faults(field, value)).toEqual(
    expected.map((fault) => expect.objectContaining({ path: 'field', ...fault })),
  );
});

test('valid input is taken, trimmed and in lower case', () => {
  const schema = z.object({ name: nameField(), id: idField, path: pathField, color: colorField });
  const path = [
    [1, 2],
    [3, 4],
  ];
  const input = { name: ' a ', id: id.toUpperCase(), path, color: '#FFAA00' };
  expect(readInput(schema, input)).toEqual({ name: 'a', id, path, color: '#ffaa00' });
});

const inAll = (fault: FieldError | undefined) =>
  locales.map((locale) => fault && fieldText(fault, locale));

test('a range says its own limits, in each language', () => {
  expect(inAll({ path: 'days', reason: 'range', params: { min: 1, max: 365 } })).toEqual([
    'Must be from 1 to 365.',
    'Deve ser de 1 a 365.',
    'Debe ser de 1 a 365.',
  ]);
  expect(inAll({ path: 'port', reason: 'range', params: { min: 1, max: 65_535 } })).toEqual([
    'Must be from 1 to 65,535.',
    'Deve ser de 1 a 65.535.',
    'Debe ser de 1 a 65.535.',
  ]);
});

test('a whole number is asked for with its limits, in each language', () => {
  expect(inAll(faults(wholeField(1, 256), 257)[0])).toEqual([
    'Must be a whole number from 1 to 256.',
    'Deve ser um número inteiro de 1 a 256.',
    'Debe ser un número entero de 1 a 256.',
  ]);
});

test('a word is asked for with those there are, in each language', () => {
  expect(inAll(faults(wordField(['DROP', 'BACKBONE']), 'x')[0])).toEqual([
    'Must be one of: DROP, BACKBONE.',
    'Deve ser um destes: DROP, BACKBONE.',
    'Debe ser uno de estos: DROP, BACKBONE.',
  ]);
});
