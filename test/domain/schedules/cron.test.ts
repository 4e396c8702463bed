import { parseCron } from '../../../src/domain/schedules/cron.js';

it.each([
  ['30 2 * * 1-5', { minutes: [30], hours: [2], weekdays: [1, 2, 3, 4, 5], isEitherDay: false }],
  [
    '*/20 8-10,22 1,15 jan-mar *',
    { minutes: [0, 20, 40], hours: [8, 9, 10, 22], days: [1, 15], months: [1, 2, 3] },
  ],
  ['5/25 0 * * *', { minutes: [5, 30, 55], hours: [0], followsClock: false }],
  ['0 */6 * * *', { hours: [0, 6, 12, 18], followsClock: true }],
  ['0 0 13 * FRI', { days: [13], weekdays: [5], isEitherDay: true }],
  ['0 0 * * 7', { weekdays: [0], isEitherDay: false }],
  ['0 0 * * 5-7', { weekdays: [0, 5, 6] }],
  ['  @Daily ', { minutes: [0], hours: [0], followsClock: false }],
  ['@hourly', { minutes: [0], followsClock: true }],
])('reads %j', (expression, times) => {
  expect(parseCron(expression)).toMatchObject(times);
});

it.each([
  ['', /^expected five fields .*found nothing; .*30 2/],
  ['0 2 * *', /found 4 fields/],
  ['0 0 2 * * *', /found 6 fields/],
  ['60 2 * * *', /^minute: expected 0 to 59.*"60"/],
  ['0 24 * * *', /^hour: expected 0 to 23/],
  ['0 0 0 * *', /^day of the month: expected 1 to 31/],
  ['0 0 * foo *', /^month: expected 1 to 12.*"foo"/],
  ['0 0 * * 8', /^day of the week: expected 0 to 7/],
  ['*/0 0 * * *', /^minute: expected/],
  ['0 9-5 * * *', /^hour: the range "9-5" ends before it begins/],
  ['0,, 0 * * *', /^minute: expected .*found ""/],
  ['0 0 L * *', /^day of the month/],
  ['*-5 0 * * *', /^minute/],
  ['@fortnightly', /^there is no "@fortnightly"; there are @hourly, @daily/],
])('says of %j what is wrong in which field', (expression, trouble) => {
  expect(parseCron(expression)).toEqual({ trouble: expect.stringMatching(trouble) as unknown });
});
