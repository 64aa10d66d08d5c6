import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogued } from '#testing/catalogue.ts';
import { failureRow } from '#testing/failures.ts';
import { openTestGraphQL, type TestClient, type TestGraphQL } from '#testing/graphql.ts';

let graphql: TestGraphQL;
let ana: TestClient;
beforeAll(async () => {
  graphql = await openTestGraphQL();
  ana = await graphql.signedInAs('Manager');
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
  for (const [name, hours] of [
    ['old', 700],
    ['damaged', 40],
    ['newest', 10],
  ] as const)
    await catalogued(graphql.server, {
      name,
      createdAt: hoursAgo(hours),
      scheduledFor: hoursAgo(hours),
      storedSize: 5_000n,
      testedAt: hoursAgo(hours),
      restoreSeconds: 2.5,
      ...(name === 'damaged' && {
        testFailedAt: hoursAgo(1),
        testError: failureRow('TEST_FAILED'),
      }),
    });
});
afterAll(() => graphql[Symbol.asyncDispose]());

describe('over GraphQL', () => {
  test('health names the problems, the worst first, with their backups', async () => {
    const answer = await ana.send(
      `{ backupHealth { level overdue failed nextRunAt lastGood { name } lastAutomatic { name }
           lastTested { name restoreSeconds testedAt }
           problems { code level message hint at backup { name } error { code message hint } } } }`,
    );
    expect(answer.errors).toEqual([]);
    expect(answer.read('backupHealth')).toMatchObject({
      level: 'WARNING',
      overdue: false,
      failed: false,
      lastGood: { name: 'newest' },
      lastTested: { name: 'newest', restoreSeconds: 2.5 },
      nextRunAt: expect.stringMatching(/Z$/),
      problems: [
        {
          ...{
            code: 'RESTORE_TEST_FAILED',
            level: 'WARNING',
            hint: expect.stringMatching(/check the disk/),
          },
          backup: { name: 'damaged' },
          error: { code: 'TEST_FAILED' },
        },
      ],
    });
  });

  test('a backup says why its last restore test failed', async () => {
    const answer = await ana.send(
      '{ backups { nodes { name testedAt restoreSeconds testFailedAt testError { code message } } } }',
    );
    const { nodes } = answer.read<{ nodes: unknown[] }>('backups');
    expect(nodes).toMatchObject([
      { name: 'newest', testFailedAt: null, testError: null },
      {
        name: 'damaged',
        testError: { code: 'TEST_FAILED', message: expect.stringMatching(/./) },
      },
      { name: 'old', testError: null },
    ]);
  });

  test('storage has its history by day and its forecast', async () => {
    const answer = await ana.send(
      `{ storage { level freeBytes totalBytes backupBytes postFileBytes databaseBytes measuredAt
           forecast { bytesPerDay daysUntilFull fullAt nextBackupBytes nextBackupFits }
           history(days: 60) { day backupCount addedBytes archiveSize freeBytes databaseBytes } } }`,
    );
    expect(answer.errors).toEqual([]);
    const { history, forecast } = answer.read<{ history: unknown[]; forecast: object }>('storage');
    expect(forecast).toMatchObject({ nextBackupBytes: '10000', nextBackupFits: true });
    expect(history).toContainEqual(
      expect.objectContaining({ backupCount: 1, addedBytes: '5000', archiveSize: '1000' }),
    );
    const wrong = await ana.send('{ storage { history(days: 0) { day } } }');
    expect(wrong.code).toBe('VALIDATION_FAILED');
  });

  test('the preview of the retention shows backups and reasons, as many as are asked for', async () => {
    const rule = { keepLast: 1, keepDaily: 0, keepWeekly: 0, keepMonthly: 0 };
    const preview = `query ($rule: RetentionRuleInput) { retentionPreview(rule: $rule) {
      removeCount remove(first: 1) { name } keepCount keep(first: 1) { backup { name } reasons } } }`;
    expect((await ana.send(preview, { rule })).read('retentionPreview')).toEqual({
      removeCount: 2,
      remove: [{ name: 'old' }],
      keepCount: 1,
      keep: [{ backup: { name: 'newest' }, reasons: ['LAST_TESTED'] }],
    });
    expect((await ana.send(preview)).read('retentionPreview')).toMatchObject({ removeCount: 0 });
    const wrong = await ana.send(preview, { rule: { ...rule, keepLast: 0 } });
    expect(wrong.errors[0]?.extensions).toMatchObject({
      code: 'VALIDATION_FAILED',
      fields: [{ path: 'rule.keepLast' }],
    });
  });
});
