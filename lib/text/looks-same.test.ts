import { expect, test } from 'vitest';
import { looksSame } from './looks-same.ts';

test.each([
  ['Administrator', 'administrator'],
  ['Administrator', 'Аdministrator'],
  ['Administrator', 'Αdministrator'],
  ['Administrator', 'Adminis\u200Btrator'],
  ['Administrator', 'Administratоr'],
  ['Administrator', 'Adrninistrator'],
  ['Seller', 'SeIIer'],
  ['Administrator', '𝐀𝐝𝐦𝐢𝐧𝐢𝐬𝐭𝐫𝐚𝐭𝐨𝐫'],
  ['ADMINISTRATOR', 'АDMІNІSТRАТОR'],
  ['Administrator', 'ADMІNІSTRАТОR'],
  ['Administrator', 'ADMlNISTRATOR'],
  ['Técnico', 'ТÉCNICO'],
  ['Network technician', 'Network\u00A0 technician'],
  ['Técnico', 'Te\u0301cnico'],
  ['Suporte 1', 'Suporte l'],
])('%s looks like %s', (one, other) => {
  expect(looksSame(one, other)).toBe(true);
  expect(looksSame(other, one)).toBe(true);
});

test.each([
  ['Administrator', 'Administrators'],
  ['Seller', 'Support'],
  ['Equipe A', 'Equipe B'],
  ['Администратор', 'Administrator'],
  ['Оператор', 'Operator'],
])('%s does not look like %s', (one, other) => {
  expect(looksSame(one, other)).toBe(false);
});
