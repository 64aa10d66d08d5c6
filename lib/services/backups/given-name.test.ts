import { expect, test } from 'vitest';
import { automaticName, readGivenName, safetyName } from './given-name.ts';

test('the name of a safety backup says which swaps it was made before, the newest first', () => {
  const before = safetyName('Monday', 'APPLY');
  expect(before).toBe('Before going back to: Monday');
  expect(readGivenName(before)).toEqual({ swaps: ['APPLY'], backupName: 'Monday', night: null });
  expect(readGivenName(safetyName(before, 'UNDO'))).toEqual({
    swaps: ['UNDO', 'APPLY'],
    backupName: 'Monday',
    night: null,
  });
});

test('the name of an automatic backup says its night, also within that of a safety backup', () => {
  const name = automaticName('2026-11-23', '02:00');
  const night = { localDate: '2026-11-23', time: '02:00' };
  expect(readGivenName(name)).toEqual({ swaps: [], backupName: name, night });
  expect(readGivenName(safetyName(name, 'APPLY'))).toMatchObject({ swaps: ['APPLY'], night });
});

test('a name that people gave says nothing', () => {
  const names = ['', 'Monday', 'before going back to: Monday', 'Automatic', 'Automatic 2026-11-23'];
  for (const name of names) expect(readGivenName(name)).toBeNull();
});

test('a name is cut between characters', () => {
  const name = safetyName('🌩️'.repeat(200), 'APPLY');
  expect([...name]).toHaveLength(200);
  expect(name).not.toMatch(/\p{Surrogate}/u);
});
