import { expect, test } from 'vitest';
import { emailInput, emailValues } from './email-values.ts';

const kept = {
  host: 'mail.example.net',
  port: 587,
  security: 'STARTTLS',
  user: 'fiberkeep',
  hasPassword: true,
  from: 'fiberkeep@example.net',
  to: ['ana@example.net', 'bia@example.net'],
} as const;

test('settings come back from the form as they went in, without the password that is kept', () => {
  const { hasPassword: _, ...rest } = kept;
  expect(emailInput(emailValues({ ...kept, to: [...kept.to] }))).toEqual(rest);
});

test('addresses may be typed with commas, semicolons, spaces or lines between them', () => {
  const to = ' ana@example.net;bia@example.net,\ncaio@example.net ';
  expect(emailInput({ ...emailValues(null), to }).to).toEqual([
    'ana@example.net',
    'bia@example.net',
    'caio@example.net',
  ]);
});

test('no user is null, and a new password is sent', () => {
  const input = emailInput({ ...emailValues(null), user: ' ', password: ' secret ' });
  expect(input.user).toBeNull();
  expect(input.password).toBe(' secret ');
});
