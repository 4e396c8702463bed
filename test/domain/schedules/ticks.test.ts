import { parseCron } from '../../../src/domain/schedules/cron.js';
import {
  type Clockwork,
  isTick,
  nextTick,
  nextTicks,
  ticksAroundChanges,
  ticksBetween,
} from '../../../src/domain/schedules/ticks.js';
import { clockAt, isZone, readingText } from '../../../src/domain/schedules/zone.js';

function clockwork(expression: string, timezone: string): Clockwork {
  const times = parseCron(expression);
  if ('trouble' in times) throw new Error(times.trouble);
  return { times, timezone };
}

/** Ticks of a day and what lies around it, as UTC and as the clock of the zone shows them. */
function around(expression: string, timezone: string, fromDay: string, toDay: string): string[] {
  const ticks = ticksBetween(clockwork(expression, timezone), Date.parse(fromDay), Date.parse(toDay), 100);
  return ticks.map(
    (tick) =>
      `${new Date(tick).toISOString().slice(0, 16)}Z ${readingText(clockAt(timezone, tick)).slice(11)}`,
  );
}

// The clock goes from 02:00 to 03:00 on 29 March 2026 and from 03:00 to 02:00 on 25 October.
it.each([
  [
    'a time that is left out runs after the change',
    '30 2 * * *',
    '2026-03-28',
    '2026-03-31',
    ['2026-03-28T01:30Z 02:30', '2026-03-29T01:30Z 03:30', '2026-03-30T00:30Z 02:30'],
  ],
  [
    'one that is shown twice runs once, at the first',
    '30 2 * * *',
    '2026-10-24',
    '2026-10-27',
    ['2026-10-24T00:30Z 02:30', '2026-10-25T00:30Z 02:30', '2026-10-26T01:30Z 02:30'],
  ],
  [
    'every hour runs as the clock goes, in spring',
    '0 * * * *',
    '2026-03-29',
    '2026-03-29T02:00Z',
    ['2026-03-29T00:00Z 01:00', '2026-03-29T01:00Z 03:00', '2026-03-29T02:00Z 04:00'],
  ],
  [
    'and in autumn',
    '0 * * * *',
    '2026-10-25',
    '2026-10-25T02:00Z',
    ['2026-10-25T00:00Z 02:00', '2026-10-25T01:00Z 02:00', '2026-10-25T02:00Z 03:00'],
  ],
  [
    'a moved time that falls on another one is one',
    '30 2,3 * * *',
    '2026-03-29',
    '2026-03-30T00:00Z',
    ['2026-03-29T01:30Z 03:30'],
  ],
])('in Berlin %s', (_what, expression, from, to, expected) => {
  expect(around(expression, 'Europe/Berlin', from, to)).toEqual(expected);
});

// 8 March 2026 02:00 to 03:00; 1 November 02:00 to 01:00.
it.each([
  [
    '15 2 * * *',
    '2026-03-07T12:00Z',
    '2026-03-09T12:00Z',
    ['2026-03-08T07:15Z 03:15', '2026-03-09T06:15Z 02:15'],
  ],
  [
    '15 1 * * *',
    '2026-10-31T12:00Z',
    '2026-11-02T12:00Z',
    ['2026-11-01T05:15Z 01:15', '2026-11-02T06:15Z 01:15'],
  ],
  [
    '*/30 * * * *',
    '2026-11-01T05:00Z',
    '2026-11-01T06:59Z',
    [
      '2026-11-01T05:00Z 01:00',
      '2026-11-01T05:30Z 01:30',
      '2026-11-01T06:00Z 01:00',
      '2026-11-01T06:30Z 01:30',
    ],
  ],
])('in New York %s keeps its days', (expression, from, to, expected) => {
  expect(around(expression, 'America/New_York', from, to)).toEqual(expected);
});

// By half an hour: 4 October 2026 02:00 to 02:30; 5 April 02:00 to 01:30.
it.each([
  ['10 2 * * *', '2026-10-03', '2026-10-04T16:00Z', ['2026-10-03T15:40Z 02:40', '2026-10-04T15:10Z 02:10']],
  [
    '40 1 * * *',
    '2026-04-03T20:00Z',
    '2026-04-05T20:00Z',
    ['2026-04-04T14:40Z 01:40', '2026-04-05T15:10Z 01:40'],
  ],
  [
    '*/15 * * * *',
    '2026-04-04T14:30Z',
    '2026-04-04T15:30Z',
    [
      '2026-04-04T14:30Z 01:30',
      '2026-04-04T14:45Z 01:45',
      '2026-04-04T15:00Z 01:30',
      '2026-04-04T15:15Z 01:45',
      '2026-04-04T15:30Z 02:00',
    ],
  ],
])('on Lord Howe Island %s keeps its days', (expression, from, to, expected) => {
  expect(around(expression, 'Australia/Lord_Howe', from, to)).toEqual(expected);
});

it('keeps a chosen time of the day to one tick for each day of years, in zones that change in many ways', () => {
  for (const zone of [
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'America/Nuuk',
    'America/Havana',
    'Africa/Casablanca',
    'Asia/Beirut',
    'UTC',
  ]) {
    for (const expression of ['0 0 * * *', '30 1 * * *', '30 2 * * *', '30 23 * * *']) {
      const ticks = ticksBetween(
        clockwork(expression, zone),
        Date.UTC(2024, 0, 1),
        Date.UTC(2028, 0, 1) - 1,
        5000,
      );
      expect([zone, expression, ticks.length]).toEqual([zone, expression, 1461]);
      expect(ticks.every((tick, index) => index === 0 || tick > ticks[index - 1]!)).toBe(true);
    }
  }
});

it('gives the ticks in order where a moved one falls behind the first of the next day', () => {
  // On 28 March 2026 the clock of Nuuk goes from 23:00 to 00:00 of the next day.
  const ticks = around('0,30 0,23 * * *', 'America/Nuuk', '2026-03-29T00:00Z', '2026-03-29T04:00Z');
  expect(ticks).toEqual(['2026-03-29T01:00Z 00:00', '2026-03-29T01:30Z 00:30']);
});

it('takes one of both days where both are named, and never ends for what never comes', () => {
  const either = around('0 0 13 * 5', 'UTC', '2026-02-01', '2026-02-28');
  expect(either.map((text) => text.slice(8, 10))).toEqual(['06', '13', '20', '27']);
  expect(nextTick(clockwork('0 0 30 2 *', 'UTC'), Date.UTC(2026, 0, 1))).toBeNull();
  expect(nextTicks(clockwork('0 0 29 2 *', 'UTC'), Date.UTC(2096, 1, 29), 1)).toEqual([
    Date.UTC(2104, 1, 29),
  ]);
});

it('knows what is a tick of its own', () => {
  const nightly = clockwork('30 2 * * *', 'Europe/Berlin');
  expect(isTick(nightly, Date.parse('2026-10-25T00:30:00Z'))).toBe(true);
  expect(isTick(nightly, Date.parse('2026-10-25T01:30:00Z'))).toBe(false);
  expect(isTick(nightly, Date.parse('2026-10-25T00:30:01Z'))).toBe(false);
});

it('tells the ticks around changes of the clock', () => {
  const nightly = clockwork('30 2 * * *', 'Europe/Berlin');
  const around = ticksAroundChanges(nightly, Date.UTC(2026, 0, 1), Date.UTC(2026, 11, 31));
  const texts = around.map((tick) => new Date(tick).toISOString().slice(0, 16));
  expect(texts).toEqual(expect.arrayContaining(['2026-03-29T01:30', '2026-10-25T00:30']));
  expect(texts.length).toBeLessThanOrEqual(8);
  expect(
    ticksAroundChanges(clockwork('30 2 * * *', 'UTC'), Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1)),
  ).toEqual([]);
});

it('asks the clock a few times a day, however many ticks the day has', () => {
  const asked = vi.spyOn(Intl.DateTimeFormat.prototype, 'formatToParts');
  onTestFinished(() => asked.mockRestore());
  expect(nextTicks(clockwork('* * * * *', 'Europe/Berlin'), Date.UTC(2026, 5, 1), 5)).toHaveLength(5);
  expect(asked.mock.calls.length).toBeGreaterThan(0);
  expect(asked.mock.calls.length).toBeLessThan(30);
});

it.each([
  'Europe/Berlin',
  'UTC',
  'GMT',
  'Etc/GMT+5',
  'America/Argentina/Ushuaia',
  'Asia/Kolkata',
  'US/Pacific',
  'Europe/Kyiv',
])('knows the zone %s', (zone) => {
  expect(isZone(zone)).toBe(true);
});
it.each([
  ...['Europe/Berln', '+02:00', '', 'CET-1CEST', 'Europe/Berlin; DROP', '../etc'],
  ...['europe/berlin', 'EUROPE/BERLIN', 'Europe/berlin', 'utc', 'Utc', 'PST', 'asia/kolkata', 'US/PACIFIC'],
])('knows no zone %j', (zone) => {
  expect(isZone(zone)).toBe(false);
});
