import { expect, test } from 'vitest';
import { readSafetyName } from './safety-backup.ts';

test('a name of the server says which swaps it was made before, the newest first', () => {
  expect(readSafetyName('Before going back to: Monday')).toEqual({
    swaps: ['APPLY'],
    backupName: 'Monday',
  });
  expect(readSafetyName('Before undoing: Before going back to: Monday')).toEqual({
    swaps: ['UNDO', 'APPLY'],
    backupName: 'Monday',
  });
});

test('a name that people gave says nothing', () => {
  for (const name of ['', 'Monday', 'before going back to: Monday', 'Not Before undoing: Monday'])
    expect(readSafetyName(name)).toBeNull();
});
