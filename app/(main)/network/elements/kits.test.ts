import { describe, expect, test } from 'vitest';
import { boxKit } from '../boxes/box-kit.ts';
import { cableKit } from '../cables/cable-kit.ts';
import { clientKit } from '../clients/client-kit.ts';
import { poleKit } from '../poles/pole-kit.ts';

describe.each([
  ['pole', poleKit],
  ['box', boxKit],
  ['cable', cableKit],
  ['client', clientKit],
])('the form of a %s', (_kind, kit) => {
  test('sends null for a project that is not chosen, or no longer chosen', () => {
    const values = kit.values(null);
    expect(kit.createInput(values)).toMatchObject({ projectId: null });
    expect(kit.updateInput(values)).toMatchObject({ projectId: null });
  });

  test('sends the project that is chosen', () => {
    const values = { ...kit.values(null), refs: { projectId: { id: 'p1', name: 'Downtown' } } };
    expect(kit.createInput(values)).toMatchObject({ projectId: 'p1' });
    expect(kit.updateInput(values)).toMatchObject({ projectId: 'p1' });
  });
});
