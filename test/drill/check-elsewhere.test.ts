import { expect, test } from 'vitest';
import { check } from '../../drill/check/index.js';
import type { Evidence, QuarantineFacts, StrikeFacts } from '../../drill/evidence.js';
import { IGNORED_GRANTS_REASON, quarantineReason } from '../../src/domain/dispatch/quarantine.js';
import { BUILD, evidence } from './some-evidence.js';

const found = (more: Partial<Evidence>): string[] =>
  check(evidence(more)).map(({ promise, evidence: text }) => `${promise}: ${text}`);
const strike = (more: Partial<StrikeFacts> = {}): StrikeFacts => ({
  ...{ number: 1, workerId: 'w1', fromMs: 1_000, untilMs: 11_000, notElsewhere: [] },
  ...more,
});
const quarantine = (more: Partial<QuarantineFacts> = {}): QuarantineFacts => ({
  ...{ workerId: 'w1', atMs: 9_000, reason: IGNORED_GRANTS_REASON },
  ...more,
});

test('a build that ran nowhere else while the supervisor of its host was away is found', () => {
  expect(found({ strikes: [strike({ notElsewhere: [BUILD] })] })).toEqual([
    'G1: its host lost its supervisor by fault 1, and it ran nowhere else while that was away',
  ]);
  expect(found({ strikes: [strike()] })).toEqual([]);
});

test('a host that was struck, or that lacked what all need, may be in quarantine', () => {
  const quarantines = [quarantine()];
  expect(found({ quarantines, strikes: [strike()] })).toEqual([]);
  expect(found({ quarantines, strikes: [strike({ workerId: null })] })).toEqual([]);
});

test.each([
  ['another host was struck', strike({ workerId: 'w2' })],
  ['it was struck later', strike({ fromMs: 9_500 })],
  ['it was struck long ago', strike({ fromMs: -60_000, untilMs: -50_000 })],
])('a host in quarantine is found though %s', (_, only) => {
  expect(found({ quarantines: [quarantine()], strikes: [only] })).toEqual([
    `G1: stub-1 was put in quarantine at 9000 (${IGNORED_GRANTS_REASON}), and nothing had struck it`,
  ]);
});

test('what a host has lost counts for longer than the grants that it let run out', () => {
  const quarantines = [quarantine({ atMs: 200_000, reason: quarantineReason(5, 4) ?? '' })];
  expect(found({ quarantines, strikes: [strike()] })).toEqual([]);
  expect(found({ quarantines, strikes: [strike({ workerId: null })] })).toHaveLength(1);
});
