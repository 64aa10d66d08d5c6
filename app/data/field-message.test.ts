import { describe, expect, it } from 'vitest';
import { catalogues } from '../i18n/catalogues.ts';
import { fieldMessageKey } from './field-message.ts';

describe('fieldMessageKey', () => {
  it.each([
    ['has more than 200 characters', 'has_more_than_characters', 200],
    ['must be at least 10 characters', 'must_be_at_least_characters', 10],
    ['is not between -180 and 180', 'is_not_between_and', 180],
    ['is required', 'is_required', 0],
    [
      'must be an e-mail address, such as ana@example.net',
      'must_be_an_e_mail_address_such_as_ana_example_net',
      0,
    ],
  ])('finds the text for %j', (message, key, n) => {
    expect(fieldMessageKey(message)).toEqual({ key, n });
    expect(Object.keys(catalogues.en.fieldMessages)).toContain(key);
  });
});
