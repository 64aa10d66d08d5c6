import { expect, test } from 'vitest';
import { asciiFileName, fileNameFor } from './file-name.ts';

const family = '👩‍👩‍👧';

test.each([
  ['poste.jpg', 'poste.jpg'],
  ['Ligação nº 5 (ção).jpg', 'Ligação nº 5 (ção).jpg'],
  ['Ac\u0327a\u0303o.jpg', 'Ação.jpg'],
  ['', 'file'],
  ['.', 'file'],
  ['..', 'file'],
  ['. . .', 'file'],
  ['../../etc/passwd', '_.._etc_passwd'],
  ['C:\\temp\\a.txt', 'C__temp_a.txt'],
  ['a.jpg. .', 'a.jpg'],
  ['.htaccess', 'htaccess'],
  ['a\0b\nc.txt', 'a_b_c.txt'],
  ['half \ud83d.txt', 'half _.txt'],
  ['photo\u202egpj.exe', 'photogpj.exe'],
  ['a\u200b\u2066b.txt', 'ab.txt'],
  ['con', '_con'],
  ['Com1.tar.gz', '_Com1.tar.gz'],
  ['LPT³ .txt', '_LPT³ .txt'],
  ['console.txt', 'console.txt'],
  ['COM10.txt', 'COM10.txt'],
  ['*?<>|":', '_______'],
])('%j leaves as %j', (name, left) => {
  expect(fileNameFor(name)).toBe(left);
});

test.each([
  ['a'.repeat(300), 'a'.repeat(255)],
  [`${'a'.repeat(300)}.jpg`, `${'a'.repeat(251)}.jpg`],
  [`${'a'.repeat(300)}.tar.gz`, `${'a'.repeat(248)}.tar.gz`],
  [`${'🚧'.repeat(255)}.jpeg`, `${'🚧'.repeat(62)}.jpeg`],
  // Whole characters, as people see them: 18 bytes each.
  [`${family.repeat(20)}.png`, `${family.repeat(13)}.png`],
  [`${'e\u0323\u0302\u0331'.repeat(90)}.png`, `${'ệ\u0331'.repeat(50)}.png`],
  [`a${'\u0331'.repeat(200)}.png`, 'file.png'],
  [`${'a'.repeat(250)} . x.jpg`, `${'a'.repeat(250)}.jpg`],
  [`a.${'x'.repeat(300)}`, `a.${'x'.repeat(253)}`],
])('a name that is too long is cut before its extension: %#', (name, left) => {
  expect(fileNameFor(name)).toBe(left);
  expect(Buffer.byteLength(left)).toBeLessThanOrEqual(255);
});

test('an extension of the server’s own is added whole', () => {
  const naming = { extension: '.tar.gz.doz', otherwise: 'backup', mostBytes: 220 };
  expect(fileNameFor('..', naming)).toBe('backup.tar.gz.doz');
  expect(fileNameFor('NUL', naming)).toBe('_NUL.tar.gz.doz');
  expect(fileNameFor('é'.repeat(200), naming)).toBe(`${'é'.repeat(110)}.tar.gz.doz`);
});

test.each([
  ['Øst Łódź ßÆþ.txt', 'Ost Lodz ssAEth.txt'],
  ['‥', 'file'],
  ['ＣＯＮ', '_CON'],
  ['a／b', 'a_b'],
  ['漢字.pdf', '__.pdf'],
])('in ASCII, %j leaves as %j', (name, left) => {
  expect(asciiFileName(name)).toBe(left);
});

test('in ASCII a name that grows is cut too', () => {
  expect(asciiFileName('ﷺ'.repeat(85))).toHaveLength(255);
});

test('what has left once leaves unchanged again', () => {
  for (const name of [
    '. a .jpg',
    `${'é'.repeat(300)}.jpg`,
    'CON',
    '..con',
    'a\u202e.',
    `${family.repeat(40)}`,
  ])
    expect(fileNameFor(fileNameFor(name))).toBe(fileNameFor(name));
});
