import { expect, test } from 'vitest';
import { automaticName, safetyName } from './given-name.ts';

const monday = { backupName: 'Monday', backupGivenName: null };
const at = { localDate: '2026-11-23', time: '02:00' };

test('the name of a safety backup says which swaps it was made before, the newest first', () => {
  const before = safetyName(monday, 'APPLY');
  expect(before).toEqual({
    name: 'Before restoring: Monday',
    givenName: { kind: 'BEFORE_RESTORE', of: [], at: null, backupName: 'Monday' },
  });
  const restored = { backupName: before.name, backupGivenName: before.givenName };
  expect(safetyName(restored, 'UNDO')).toEqual({
    name: 'Before undoing: Before restoring: Monday',
    givenName: { kind: 'BEFORE_UNDO', of: ['BEFORE_RESTORE'], at: null, backupName: 'Monday' },
  });
});

test('the name of an automatic backup says its night, also within that of a safety backup', () => {
  const automatic = automaticName('2026-11-23', '02:00');
  expect(automatic).toEqual({
    name: 'Automatic 2026-11-23 02:00',
    givenName: { kind: 'AUTOMATIC', of: [], at, backupName: null },
  });
  const restored = { backupName: automatic.name, backupGivenName: automatic.givenName };
  expect(safetyName(restored, 'APPLY')).toEqual({
    name: 'Before restoring: Automatic 2026-11-23 02:00',
    givenName: { kind: 'BEFORE_RESTORE', of: ['AUTOMATIC'], at, backupName: null },
  });
});

test('a name that people gave is what they typed, whatever it looks like', () => {
  const names = [automaticName('2026-11-23', '02:00').name, safetyName(monday, 'UNDO').name];
  for (const backupName of names)
    expect(safetyName({ backupName, backupGivenName: null }, 'APPLY').givenName).toEqual({
      kind: 'BEFORE_RESTORE',
      of: [],
      at: null,
      backupName,
    });
});

test('a long name is cut between characters', () => {
  const { name } = safetyName({ backupName: '🌩️'.repeat(200), backupGivenName: null }, 'APPLY');
  expect([...name]).toHaveLength(200);
  expect(name).not.toMatch(/\p{Surrogate}/u);
});
