import { describe, expect, it } from 'vitest';
import type { RestorePartsFragment } from '#generated/graphql/client/graphql.ts';
import { isStillGood } from './still-good.ts';

const now = Date.parse('2026-11-23T12:00:00Z');

function restore(part: Partial<RestorePartsFragment>): RestorePartsFragment {
  return {
    id: 'r',
    status: 'STAGED',
    backupId: 'b',
    backupName: 'Monday',
    backupGivenName: null,
    backupCreatedAt: '2026-11-22T12:00:00Z',
    author: { id: 'u', name: 'Ana', kind: 'PERSON' },
    appliedBy: null,
    job: null,
    createdAt: '2026-11-23T11:00:00Z',
    goodUntil: '2026-11-24T11:00:00Z',
    appliedAt: null,
    undoUntil: null,
    undoneAt: null,
    canUndo: false,
    asAnnounced: null,
    missingFiles: 0,
    migrationsRun: [],
    ...part,
  };
}

describe('isStillGood', () => {
  it.each<[string, Partial<RestorePartsFragment>, boolean]>([
    ['is prepared and young', {}, true],
    ['is being prepared', { status: 'STAGING', goodUntil: null }, true],
    ['is too old', { goodUntil: '2026-11-23T11:59:59Z' }, false],
    ['belongs to another backup', { backupId: 'other' }, false],
    ['was applied', { status: 'APPLIED' }, false],
    ['was discarded', { status: 'DISCARDED' }, false],
    ['failed', { status: 'FAILED' }, false],
  ])('a restore that %s', (_, part, good) => {
    expect(isStillGood(restore(part), 'b', now)).toBe(good);
  });
});
