import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BackupKind } from '#engine/ports.ts';
import { decideRetention, type RetentionBackup, type RetentionRule } from './decide-retention.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const kinds: readonly BackupKind[] = ['AUTOMATIC', 'INTRADAY', 'MANUAL', 'SAFETY', 'UPLOADED'];
const zones = ['UTC', 'America/Sao_Paulo', 'Pacific/Kiritimati', 'Europe/Lisbon', 'Asia/Kathmandu'];

const rule = fc.record({
  keepLast: fc.integer({ min: 1, max: 9 }),
  keepDaily: fc.integer({ min: 0, max: 9 }),
  keepWeekly: fc.integer({ min: 0, max: 5 }),
  keepMonthly: fc.integer({ min: 0, max: 5 }),
  keepHours: fc.integer({ min: 1, max: 5000 }),
  timeZone: fc.constantFrom(...zones),
});

const backups = fc.uniqueArray(
  fc.record({
    id: fc.uuid(),
    kind: fc.constantFrom(...kinds),
    at: fc.date({ min: new Date('2024-01-01'), max: new Date('2026-11-23'), noInvalidDate: true }),
    pinned: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    tested: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
    undoable: fc.boolean(),
    inUse: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    ahead: fc.constant(false),
  }),
  { selector: ({ id }) => id, maxLength: 60 },
);

function night(at: string | Date, more: Partial<RetentionBackup> = {}): RetentionBackup {
  return {
    id: String(at),
    kind: 'AUTOMATIC',
    at: new Date(at),
    pinned: false,
    tested: false,
    undoable: false,
    inUse: false,
    ahead: false,
    ...more,
  };
}

const nothing: RetentionRule = {
  keepLast: 1,
  keepDaily: 0,
  keepWeekly: 0,
  keepMonthly: 0,
  keepHours: 1,
  timeZone: 'UTC',
};

function kept(all: readonly RetentionBackup[], by: RetentionRule): RetentionBackup[] {
  const stays = new Set(
    decideRetention(all, by)
      .filter(({ reasons }) => reasons.length > 0)
      .map(({ id }) => id),
  );
  return all.filter(({ id }) => stays.has(id));
}

const idsOf = (all: readonly RetentionBackup[]) => new Set(all.map(({ id }) => id));

/** One backup every night from a day on, at 05:00 UTC: 02:00 in São Paulo. */
function nights(from: string, count: number): RetentionBackup[] {
  const first = new Date(`${from}T05:00:00Z`).getTime();
  return Array.from({ length: count }, (_, n) => night(new Date(first + n * DAY_MS)));
}

test('what is pinned, made by hand, uploaded, to be undone or in use always stays', () => {
  fc.assert(
    fc.property(backups, rule, (all, by) => {
      const stay = idsOf(kept(all, by));
      for (const { id, kind, pinned, undoable, inUse } of all)
        if (
          pinned ||
          inUse ||
          kind === 'MANUAL' ||
          kind === 'UPLOADED' ||
          (kind === 'SAFETY' && undoable)
        )
          expect(stay).toContain(id);
    }),
  );
});

test('the last tested backup, the last tested night and the newest night always stay', () => {
  fc.assert(
    fc.property(backups, rule, (all, by) => {
      const stay = idsOf(kept(all, by));
      const newest = (some: readonly RetentionBackup[]) =>
        some.reduce<RetentionBackup | null>(
          (one, other) => (one && one.at > other.at ? one : other),
          null,
        );
      const automatic = all.filter(({ kind }) => kind === 'AUTOMATIC');
      const isTested = (backup: RetentionBackup) => backup.tested;
      // Two of one moment: either is the newest.
      for (const needed of [
        newest(all.filter(isTested)),
        newest(automatic.filter(isTested)),
        newest(automatic),
      ])
        if (needed && all.filter(({ at }) => +at === +needed.at).length === 1)
          expect(stay).toContain(needed.id);
    }),
  );
});

test('a tested upload does not replace the last tested night', () => {
  const old = night('2026-10-01T05:00:00Z', { tested: true });
  const upload = night('2026-11-20T05:00:00Z', { kind: 'UPLOADED', tested: true });
  const [later, newest] = [night('2026-11-21T05:00:00Z'), night('2026-11-22T05:00:00Z')];
  const found = decideRetention([old, upload, later, newest], nothing);
  expect(found.map(({ reasons }) => reasons)).toEqual([
    ['NEWEST', 'LAST'],
    [],
    ['UPLOADED', 'LAST_TESTED'],
    ['LAST_TESTED'],
  ]);
});

test('higher numbers never remove more', () => {
  fc.assert(
    fc.property(
      backups,
      rule,
      fc.constantFrom('keepLast', 'keepDaily', 'keepWeekly', 'keepMonthly'),
      (all, by, field) => {
        const more = idsOf(kept(all, { ...by, [field]: by[field as 'keepLast'] + 1 }));
        for (const { id } of kept(all, by)) expect(more).toContain(id);
      },
    ),
  );
});

test('deciding again over what stays removes nothing', () => {
  fc.assert(
    fc.property(backups, rule, (all, by) => {
      const once = kept(all, by);
      expect(kept(once, by)).toEqual(once);
    }),
  );
});

test('night by night it keeps what deciding once over all nights keeps', () => {
  const history = fc.tuple(
    fc.constantFrom('2024-02-20', '2025-12-25', '2026-03-01'),
    fc.array(fc.boolean(), { minLength: 1, maxLength: 120 }),
  );
  fc.assert(
    fc.property(history, rule, ([from, made], by) => {
      const all = nights(from, made.length).filter((_, n) => made[n]);
      let there: RetentionBackup[] = [];
      for (const tonight of all) there = kept([...there, tonight], by);
      expect(idsOf(there)).toEqual(idsOf(kept(all, by)));
    }),
  );
});

test('the order in which backups come does not matter', () => {
  fc.assert(
    fc.property(backups, rule, (all, by) => {
      expect(decideRetention([...all].reverse(), by)).toEqual(decideRetention(all, by));
    }),
  );
});

test('a year of nights is thinned to days, weeks and months', () => {
  const by = { ...nothing, keepLast: 2, keepDaily: 4, keepWeekly: 3, keepMonthly: 4 };
  const year = nights('2026-01-01', 327); // to Monday, 2026-11-23
  const days = kept(year, by).map(({ at }) => at.toISOString().slice(0, 10));
  expect(days).toEqual([
    ...['2026-08-31', '2026-09-30', '2026-10-31'],
    ...['2026-11-15', '2026-11-20', '2026-11-21', '2026-11-22', '2026-11-23'],
  ]);
  const newest = decideRetention(year, by)[0];
  expect(newest?.reasons).toEqual(['NEWEST', 'LAST', 'DAILY', 'WEEKLY', 'MONTHLY']);
});

test('days, weeks and months without a night do not count', () => {
  const sparse = ['2026-01-05', '2026-01-06', '2026-05-20', '2026-11-23'].map((day) =>
    night(`${day}T05:00:00Z`),
  );
  expect(kept(sparse, { ...nothing, keepMonthly: 3 }).map(({ id }) => id.slice(0, 10))).toEqual([
    ...['2026-01-06', '2026-05-20', '2026-11-23'],
  ]);
});

test('days are those of the zone: two nights of one UTC day are two local days', () => {
  const two = [night('2026-11-22T01:30:00Z'), night('2026-11-22T23:30:00Z')];
  const daily = { ...nothing, keepDaily: 2 };
  expect(kept(two, { ...daily, timeZone: 'America/Sao_Paulo' })).toHaveLength(2);
  expect(kept(two, { ...daily, timeZone: 'UTC' })).toHaveLength(1);
});

test('a week begins on Monday', () => {
  const [sunday, monday] = [night('2026-11-22T05:00:00Z'), night('2026-11-23T05:00:00Z')];
  const saturday = night('2026-11-21T05:00:00Z');
  const weekly = { ...nothing, keepWeekly: 2 };
  expect(kept([saturday, sunday, monday], weekly)).toEqual([sunday, monday]);
});

test('backups between nights stay for their hours, counted from the newest backup of all', () => {
  const between = { kind: 'INTRADAY' } as const;
  const all = [
    night('2026-11-20T05:00:00Z'),
    night('2026-11-20T11:00:00Z', between),
    night('2026-11-20T17:00:00Z', between),
    night('2026-11-21T05:00:00Z'),
  ];
  const ids = (keepHours: number) =>
    kept(all, { ...nothing, keepHours }).map(({ id }) => id.slice(5, 13));
  expect(ids(11)).toEqual(['11-21T05']);
  expect(ids(12)).toEqual(['11-20T17', '11-21T05']);
  expect(ids(18)).toEqual(['11-20T11', '11-20T17', '11-21T05']);
});
