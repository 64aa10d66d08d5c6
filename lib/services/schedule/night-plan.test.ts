import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planNights } from './night-plan.ts';
import { type NightTime, nextNight } from './night-times.ts';

const HOUR_MS = 60 * 60 * 1000;
const START = Date.parse('2026-03-01T12:00:00Z');
const zones = [
  ...['Pacific/Kiritimati', 'Etc/GMT+12', 'America/Sao_Paulo', 'Europe/Berlin', 'America/Nuuk'],
  ...['Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Auckland', 'America/Los_Angeles'],
];
const times = ['00:00', '00:30', '02:00', '02:30', '03:00', '12:00', '23:59'];
const anyTime: fc.Arbitrary<NightTime> = fc.record({
  time: fc.constantFrom(...times),
  timeZone: fc.constantFrom(...zones),
});

/** The ledger in memory: what the tables of the vault are to the worker. */
class Ledger {
  readonly rows = new Map<string, 'BEGUN' | 'MISSED'>();
  #owedFrom: string;
  #owedBefore: string | null = null;
  #lookedAt: Date;
  #when: NightTime;

  constructor(now: Date, when: NightTime) {
    this.#owedFrom = nextNight(now, when).localDate;
    this.#lookedAt = now;
    this.#when = when;
  }

  /** Looks at `now` by a schedule; answers the plan that was carried out. */
  tick(now: Date, when: NightTime) {
    const open = this.#dates(now).filter((date) => !this.rows.has(date));
    const view = {
      open,
      owedFrom: this.#owedFrom,
      owedBefore: this.#owedBefore,
      lookedAt: this.#lookedAt,
      when,
      whenBefore: this.#when,
    };
    const plan = planNights(view, now);
    for (const { localDate } of plan.missed) this.rows.set(localDate, 'MISSED');
    for (const { localDate } of plan.begin) this.rows.set(localDate, 'BEGUN');
    this.#owedFrom = plan.owedFrom;
    this.#owedBefore = plan.owedBefore;
    this.#lookedAt = now;
    this.#when = when;
    return plan;
  }

  /** Every date from the first one owed to tomorrow. */
  #dates(now: Date): string[] {
    const dates: string[] = [];
    const end = now.getTime() + 24 * HOUR_MS;
    for (let at = Date.parse(this.#owedFrom); at <= end; at += 24 * HOUR_MS)
      dates.push(new Date(at).toISOString().slice(0, 10));
    return dates;
  }

  /** The dates between the first row and the last that have none. */
  get gaps(): string[] {
    const dates = [...this.rows.keys()].sort();
    const gaps: string[] = [];
    for (let at = Date.parse(dates[0] ?? ''); at < Date.parse(dates.at(-1) ?? ''); ) {
      const date = new Date(at).toISOString().slice(0, 10);
      if (!this.rows.has(date)) gaps.push(date);
      at += 24 * HOUR_MS;
    }
    return gaps;
  }
}

describe('whatever is done to the schedule', () => {
  test('of a server that runs all the time, each date gets its one backup, and none is missed', () => {
    const changes = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), anyTime), { maxLength: 12 });
    fc.assert(
      fc.property(anyTime, changes, (first, later) => {
        let now = START;
        let when = first;
        const ledger = new Ledger(new Date(now), when);
        for (const [hours, next] of [...later, [60, first] as const]) {
          for (let hour = 0; hour < hours; hour++) {
            now += HOUR_MS;
            const { missed } = ledger.tick(new Date(now), when);
            expect(missed).toEqual([]);
          }
          when = next;
          expect(ledger.tick(new Date(now), when).missed).toEqual([]);
        }
        expect(ledger.gaps).toEqual([]);
        expect(ledger.rows.size).toBeGreaterThan(0);
      }),
      { numRuns: 150 },
    );
  });

  test('after it was down, the newest night is backed up, and every other is in the ledger', () => {
    fc.assert(
      fc.property(anyTime, fc.array(fc.integer({ min: 1, max: 200 })), (when, downFor) => {
        let now = START;
        const ledger = new Ledger(new Date(now), when);
        for (const hours of downFor) {
          now += hours * HOUR_MS;
          const { begin, missed } = ledger.tick(new Date(now), when);
          expect(begin.length).toBeLessThanOrEqual(1);
          for (const { localDate } of missed)
            expect(localDate < (begin[0]?.localDate ?? '')).toBe(true);
        }
        expect(ledger.gaps).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test('looking again changes nothing', () => {
    fc.assert(
      fc.property(anyTime, anyTime, fc.integer({ min: 0, max: 500 }), (first, next, hours) => {
        const ledger = new Ledger(new Date(START), first);
        const now = new Date(START + hours * HOUR_MS);
        ledger.tick(now, next);
        expect(ledger.tick(now, next)).toMatchObject({ begin: [], missed: [] });
      }),
      { numRuns: 150 },
    );
  });
});
