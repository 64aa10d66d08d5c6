import { describe, expect, it } from 'vitest';
import { negotiateLocale } from './locale.ts';

describe('negotiateLocale', () => {
  it.each([
    ['pt-BR,pt;q=0.9,en;q=0.8', 'pt-BR'],
    ['pt-PT', 'pt-BR'],
    ['es-419,es;q=0.9', 'es'],
    ['en-GB', 'en'],
    ['de, es;q=0.4, pt;q=0.7', 'pt-BR'],
    ['pt;q=0, es', 'es'],
    ['fr-FR,fr', 'en'],
    ['*', 'en'],
    ['es;q=x', 'en'],
    ['', 'en'],
    [null, 'en'],
  ])('answers %j with %s', (header, locale) => {
    expect(negotiateLocale(header)).toBe(locale);
  });
});
