import { expect, test } from 'vitest';
import { fileNameFor } from '#text';
import { contentDisposition, dispositionName } from './content-disposition.ts';

test.each([
  ['caixa.jpg', `filename="caixa.jpg"; filename*=UTF-8''caixa.jpg`],
  [
    'instalação é.pdf',
    `filename="instalacao e.pdf"; filename*=UTF-8''instala%C3%A7%C3%A3o%20%C3%A9.pdf`,
  ],
  [
    'a"; filename=evil.html',
    `filename="a_; filename=evil.html"; filename*=UTF-8''a_%3B%20filename%3Devil.html`,
  ],
  ['a\\b%41', `filename="a_b_41"; filename*=UTF-8''a_b%2541`],
  ["it's (1)*.txt", `filename="it's (1)_.txt"; filename*=UTF-8''it%27s%20%281%29_.txt`],
  [
    'Łódź Øst ßÆ.txt',
    `filename="Lodz Ost ssAE.txt"; filename*=UTF-8''%C5%81%C3%B3d%C5%BA%20%C3%98st%20%C3%9F%C3%86.txt`,
  ],
  ['📡', `filename="_"; filename*=UTF-8''%F0%9F%93%A1`],
  ['a\r\nset-cookie: b', `filename="a__set-cookie_ b"; filename*=UTF-8''a__set-cookie_%20b`],
  ['.', `filename="file"; filename*=UTF-8''file`],
])('%j comes in ASCII for old clients and whole for others', (name, expected) => {
  const header = contentDisposition('attachment', name);
  expect(header).toBe(`attachment; ${expected}`);
  expect(dispositionName(header)).toBe(fileNameFor(name));
});

test.each([
  ['attachment; filename="a b.txt"', 'a b.txt'],
  ['attachment; filename="a\\"b.txt"', 'a"b.txt'],
  ['attachment; filename=plain.txt', 'plain.txt'],
  [`attachment; filename="no"; filename*=utf-8'pt'%C3%A1`, 'á'],
  [`attachment; filename*=UTF-8''%ff`, null],
  ['inline', null],
  [undefined, null],
])('the name in %j', (header, name) => {
  expect(dispositionName(header)).toBe(name);
});
