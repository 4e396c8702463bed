import { formatBytes } from '../../src/domain/format-bytes.js';
import { formatAge, formatDuration } from '../../src/cli/terminal/units.js';

describe('durations', () => {
  it.each([
    [0, '0.0s'],
    [-5, '0.0s'],
    [1_234, '1.2s'],
    [59_940, '59.9s'],
    [59_960, '1m 00s'],
    [184_000, '3m 04s'],
    [3_599_700, '1h 00m'],
    [7_530_000, '2h 05m'],
  ])('%d ms reads %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [12_345_678, '12.3 MB'],
    [999_999_999, '1.0 GB'],
  ])('%d reads %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('ages', () => {
  const now = Date.parse('2026-05-04T10:00:00Z');
  it.each([
    ['2026-05-04T09:59:55Z', 'just now'],
    ['2026-05-04T10:00:30Z', 'just now'],
    ['2026-05-04T09:59:15Z', '45s ago'],
    ['2026-05-04T09:14:00Z', '46m ago'],
    ['2026-05-03T11:00:00Z', '23h ago'],
    ['2026-04-22T10:00:00Z', '12d ago'],
  ])('%s reads %s', (time, text) => expect(formatAge(time, now)).toBe(text));
});
