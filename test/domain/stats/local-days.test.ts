import fc from 'fast-check';
import { boundsOf, dayAfter, dayOf, daysFromTo } from '../../../src/domain/stats/local-days.js';
import { periodOf, periodsIn, rangeTrouble, usualRange } from '../../../src/domain/stats/periods.js';

const HOUR_MS = 3_600_000;
const hoursOf = (zone: string, day: string): number => {
  const { fromMs, untilMs } = boundsOf(zone, day);
  return (untilMs - fromMs) / HOUR_MS;
};

test.each([
  ['Europe/Berlin', '2026-03-29', 23],
  ['Europe/Berlin', '2026-10-25', 25],
  ['America/New_York', '2026-11-01', 25],
  ['Australia/Lord_Howe', '2026-10-04', 23.5],
  ['Australia/Lord_Howe', '2026-04-05', 24.5],
  // Midnight is left out, or shown twice.
  ['America/Sao_Paulo', '2018-11-04', 23],
  ['America/Havana', '2026-11-01', 25],
  ['Asia/Beirut', '2026-03-29', 23],
  // A day that there was not.
  ['Pacific/Apia', '2011-12-30', 0],
  ['UTC', '2026-05-04', 24],
])('in %s the day %s has %d hours', (zone, day, hours) => {
  expect(hoursOf(zone, day)).toBe(hours);
});

test('each moment is in the one day whose bounds hold it', () => {
  const zones = [
    'Europe/Berlin',
    'America/Havana',
    'America/Sao_Paulo',
    'Australia/Lord_Howe',
    'Pacific/Apia',
  ];
  const moments = fc.integer({ min: Date.UTC(2011, 11, 25), max: Date.UTC(2027, 0, 1) });
  fc.assert(
    fc.property(fc.constantFrom(...zones), moments, (zone, atMs) => {
      const { fromMs, untilMs } = boundsOf(zone, dayOf(zone, atMs));
      expect(fromMs <= atMs && atMs < untilMs).toBe(true);
    }),
    { numRuns: 500 },
  );
  const { fromMs, untilMs } = boundsOf('America/Havana', '2026-11-01');
  expect(dayOf('America/Havana', fromMs - 1)).toBe('2026-10-31');
  expect(dayOf('America/Havana', fromMs)).toBe('2026-11-01');
  expect(dayOf('America/Havana', untilMs - 1)).toBe('2026-11-01');
});

test('weeks begin on Monday, also over a new year; months end on their last day', () => {
  expect(periodOf('week', '2027-01-01')).toEqual({ from: '2026-12-28', until: '2027-01-03' });
  expect(periodOf('week', '2026-05-04')).toEqual({ from: '2026-05-04', until: '2026-05-10' });
  expect(periodOf('month', '2028-02-10')).toEqual({ from: '2028-02-01', until: '2028-02-29' });
  expect(periodOf('month', '2026-12-31')).toEqual({ from: '2026-12-01', until: '2026-12-31' });
});

test('periods follow each other without a gap and hold the range', () => {
  const date = fc.integer({ min: 0, max: 3000 }).map((days) => dayAfter('2024-01-01', days));
  fc.assert(
    fc.property(
      date,
      fc.integer({ min: 0, max: 399 }),
      fc.constantFrom('day', 'week', 'month'),
      (from, days, kind) => {
        const until = dayAfter(from, days);
        const periods = periodsIn(kind, { from, until });
        expect(periods[0]!.from <= from && periods.at(-1)!.until >= until).toBe(true);
        for (const [index, period] of periods.entries())
          expect(periods[index + 1]?.from ?? dayAfter(period.until, 1)).toBe(dayAfter(period.until, 1));
      },
    ),
    { numRuns: 100 },
  );
  expect(daysFromTo('2026-02-27', '2026-03-01')).toEqual(['2026-02-27', '2026-02-28', '2026-03-01']);
});

test('what is usual is not refused', () => {
  for (const kind of ['day', 'week', 'month'] as const)
    expect(rangeTrouble(usualRange(kind, '2026-05-04'))).toBeNull();
  expect(usualRange('month', '2026-05-04')).toEqual({ from: '2025-06-01', until: '2026-05-04' });
  expect(usualRange('day', '2026-05-04').from).toBe('2026-04-05');
});
