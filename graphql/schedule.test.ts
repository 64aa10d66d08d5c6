import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureRow } from '#testing/failures.ts';
import { openTestGraphQL, type SignedInClient, type TestGraphQL } from '#testing/graphql.ts';

let graphql: TestGraphQL;
let admin: SignedInClient;
let manager: SignedInClient;

beforeAll(async () => {
  graphql = await openTestGraphQL();
  admin = await graphql.signedInAs('Administrator');
  manager = await graphql.signedInAs('Manager');
  await graphql.server.vault.night.createMany({ data: october() });
});
afterAll(() => graphql[Symbol.asyncDispose]());

/** Every night of October 2026 in São Paulo, one of each kind and the others made, none of whose backups is left. */
function october() {
  const special: Record<number, object> = {
    3: { status: 'MISSED', attempts: 0, backupId: null },
    4: { late: true },
    10: {
      status: 'FAILED',
      attempts: 4,
      backupId: null,
      error: failureRow('DISK_FULL'),
    },
    20: {
      removedAt: new Date('2026-10-27T05:10:00Z'),
      removedByKind: 'SERVER',
      removedByName: '',
      testedAt: new Date('2026-10-20T05:04:00Z'),
    },
    31: {
      status: 'WAITING',
      backupId: null,
      nextAttemptAt: new Date('2026-10-31T05:20:00Z'),
      error: failureRow('DISK_FULL'),
    },
  };
  return Array.from({ length: 31 }, (_, n) => {
    const date = `2026-10-${String(n + 1).padStart(2, '0')}`;
    return {
      id: randomUUID(),
      policy: 'nightly',
      localDate: new Date(date),
      time: '02:00',
      scheduledFor: new Date(`${date}T05:00:00Z`),
      timeZone: 'America/Sao_Paulo',
      status: 'SUCCEEDED',
      attempts: 1,
      backupId: randomUUID(),
      ...special[n + 1],
    };
  });
}

interface Nights {
  readonly totalCount: number;
  readonly nodes: readonly Record<string, unknown>[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
}

const fields = `localDate status late attempts time nextAttemptAt testedAt removedAt
  scheduled { at localDate local timeZone } error { code message hint } backup { id } removedBy { kind id name }`;

describe('nights', () => {
  test('of a month come newest first, each with its moment, and none of another month', async () => {
    const asked = `{ nights(from: "2026-10-01", to: "2026-10-31") { totalCount nodes { ${fields} } } }`;
    const { totalCount, nodes } = (await manager.send(asked)).read<Nights>('nights');
    expect([totalCount, nodes.length]).toEqual([31, 31]);
    expect(nodes[0]).toMatchObject({
      localDate: '2026-10-31',
      status: 'WAITING',
      nextAttemptAt: '2026-10-31T05:20:00.000Z',
    });
    expect(nodes.find(({ localDate }) => localDate === '2026-10-10')).toEqual({
      localDate: '2026-10-10',
      status: 'FAILED',
      late: false,
      attempts: 4,
      time: '02:00',
      nextAttemptAt: null,
      testedAt: null,
      removedAt: null,
      backup: null,
      removedBy: null,
      scheduled: {
        at: '2026-10-10T05:00:00.000Z',
        localDate: '2026-10-10',
        local: '2026-10-10T02:00:00-03:00',
        timeZone: 'America/Sao_Paulo',
      },
      error: {
        code: 'DISK_FULL',
        message: 'The disk is full.',
        hint: 'Free some space, then try again. Nothing that was kept before is lost.',
      },
    });
    expect(nodes.find(({ localDate }) => localDate === '2026-10-20')).toMatchObject({
      status: 'SUCCEEDED',
      backup: null,
      removedBy: { kind: 'SERVER', id: null, name: '' },
      removedAt: '2026-10-27T05:10:00.000Z',
      testedAt: '2026-10-20T05:04:00.000Z',
    });
    const none = await manager.send(
      '{ nights(from: "2026-11-01", to: "2026-11-30") { totalCount } }',
    );
    expect(none.read<Nights>('nights').totalCount).toBe(0);
  });

  test('come page by page, each once', async () => {
    const seen: unknown[] = [];
    let after: string | null = null;
    for (let page = 0; page < 10; page++) {
      const asked =
        'query ($after: String) { nights(first: 7, after: $after) { nodes { localDate } pageInfo { hasNextPage endCursor } } }';
      const { nodes, pageInfo }: Nights = (await manager.send(asked, { after })).read<Nights>(
        'nights',
      );
      seen.push(...nodes.map(({ localDate }) => localDate));
      after = pageInfo.endCursor;
      if (!pageInfo.hasNextPage) break;
    }
    expect(seen).toHaveLength(31);
    expect(new Set(seen).size).toBe(31);
    expect(seen).toEqual([...seen].sort().reverse());
  });

  test.each([
    ['from: "2026-13-01"', 'from'],
    ['to: "October"', 'to'],
    ['after: "nonsense"', 'after'],
    ['first: 0', 'first'],
  ])('by %s are refused, naming the argument', async (args, path) => {
    const { errors } = await manager.send(`{ nights(${args}) { totalCount } }`);
    expect(errors[0]?.extensions).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ path }] });
  });
});

describe('the schedule', () => {
  const update =
    'mutation ($input: UpdateScheduleInput!) { updateSchedule(input: $input) { schedule { enabled time timeZone nextRun { at local } updatedBy { name } } } }';

  test('is changed by people who may configure backups, and by nobody else', async () => {
    const input = { time: '03:15', timeZone: 'America/Sao_Paulo' };
    expect((await manager.send(update, { input })).code).toBe('FORBIDDEN');
    const { schedule } = (await admin.send(update, { input })).read<{
      schedule: Record<string, unknown>;
    }>('updateSchedule');
    expect(schedule).toMatchObject({
      enabled: true,
      ...input,
      updatedBy: { name: admin.name },
      nextRun: {
        at: expect.stringMatching(/T06:15:00\.000Z$/),
        local: expect.stringMatching(/T03:15:00-03:00$/),
      },
    });
    const seen = await manager.send(
      '{ schedule { time timeIsDefault timeZoneIsDefault keepLast nextRun { at } lastRun { localDate } } }',
    );
    expect(seen.read('schedule')).toMatchObject({ time: '03:15', timeIsDefault: false });
  });

  test('names what is wrong with a change, field by field', async () => {
    const { errors } = await admin.send(update, { input: { time: '3am', keepLast: 0 } });
    const paths = errors[0]?.extensions.fields.map(({ path }) => path);
    expect(paths).toEqual(['input.time', 'input.keepLast']);
  });
});

describe('an automatic backup by its moment', () => {
  // A change of the schedule gives a night up that waits past the next one.
  beforeAll(async () => {
    await graphql.server.vault.night.updateMany({
      where: { localDate: new Date('2026-10-31') },
      data: { status: 'WAITING', nextAttemptAt: new Date('2026-10-31T05:20:00Z') },
    });
  });

  const ask = (at: string) =>
    manager.send('query ($at: String!) { automaticBackup(at: $at) { id } }', { at });

  test.each([
    ['2026-10-20', 'BACKUP_REMOVED', /removed on 2026-10-27 by retention/],
    ['2026-10-20T05:00:00Z', 'BACKUP_REMOVED', /by retention/],
    ['2026-10-31', 'NIGHT_RUNNING', /has failed so far/],
    ['2026-10-10', 'NOT_FOUND', /The disk is full/],
    ['2026-10-03', 'NOT_FOUND', /was down that night/],
    ['2026-09-30', 'NOT_FOUND', /no automatic backup of 2026-09-30/],
    ['latest', 'NOT_FOUND', /There is no automatic backup/],
    ['tonight', 'BAD_REQUEST', /not the moment/],
  ])('of %s is %s, as over HTTP', async (at, code, message) => {
    const { errors, data } = await ask(at);
    expect(data).toEqual({ automaticBackup: null });
    expect(errors[0]).toMatchObject({
      message: expect.stringMatching(message),
      extensions: { code },
    });
    expect(errors[0]?.extensions.hint).not.toBe('');
  });
});
