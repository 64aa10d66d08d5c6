import { describe, expect, test } from 'vitest';
import { locales } from '#errors/locale.ts';
import { builtInRoles } from '#services/accounts/built-in-roles.ts';
import { catalogues } from './catalogues.ts';
import { roleName } from './role-name.ts';

const names = catalogues['pt-BR'].roleNames;

describe('the name of a role', () => {
  test('is translated where the role ships with Fiberkeep', () => {
    expect(roleName(names, { name: 'Field technician', builtIn: true })).toBe('Técnico de campo');
  });

  test('stays as it was typed where somebody made the role', () => {
    expect(roleName(names, { name: 'Support', builtIn: false })).toBe('Support');
    expect(roleName(names, { name: 'Owner', builtIn: true })).toBe('Owner');
  });

  test.each(locales)('is in the catalogue %s for every role that ships', (locale) => {
    expect(Object.keys(catalogues[locale].roleNames)).toEqual(builtInRoles.map(({ name }) => name));
  });
});
