import { expect, test } from 'vitest';
import { measureTimes, p95 } from '../../drill/measure.js';
import type { DoneFault } from '../../drill/nemesis.js';
import { effect, evidence, lease } from './some-evidence.js';

const fault = (more: Partial<DoneFault> = {}, act: 'kill' | 'stop' = 'kill'): DoneFault => ({
  fault: { number: 1, victim: 'host', host: 0, act, forMs: 0, atShare: 0, at: { afterMs: 0 } },
  ...{ atMs: 400, upAtMs: 600, lostWorkerIds: [], startedAtMs: null, atPoint: true, notElsewhere: [] },
  ...more,
});

test('the 95th of a hundred is told, and of few the last', () => {
  expect(p95(Array.from({ length: 100 }, (_, index) => 100 - index))).toBe(95);
  expect(p95([3, 1])).toBe(3);
  expect(p95([])).toBeNull();
});

test('a build has resumed with its next effect after a kill', () => {
  const effects = [effect('log', { atMs: 390 }), effect('log', { atMs: 520 }), effect('log', { atMs: 700 })];
  expect(measureTimes(evidence({ effects }), [fault()]).resumedP95Ms).toBe(120);
  expect(measureTimes(evidence({ effects }), [fault({}, 'stop')]).resumedP95Ms).toBeNull();
});

test('a lost build runs again when the next attempt on another host is acknowledged', () => {
  const lost = { ...lease, endedAtMs: 550, endedReason: 'worker_lost' };
  const next = { ...lease, attempt: 2, fence: 3, workerId: 'w2', grantedAtMs: 551, acknowledgedAtMs: 560 };
  const times = measureTimes(evidence({ leases: [lost, next] }), [fault({ lostWorkerIds: ['w1'] })]);
  expect([times.lostWorkerToRunningP95Ms, times.lostBuilds]).toEqual([160, 1]);
});

test('a build that the host took up after the fault was lost by another one', () => {
  const later = {
    ...lease,
    grantedAtMs: 450,
    acknowledgedAtMs: 480,
    endedAtMs: 900,
    endedReason: 'worker_lost',
  };
  const next = { ...lease, attempt: 2, fence: 3, workerId: 'w2', grantedAtMs: 901, acknowledgedAtMs: 910 };
  const times = measureTimes(evidence({ leases: [later, next] }), [
    fault({ lostWorkerIds: ['w1'], upAtMs: 500 }),
  ]);
  expect([times.lostWorkerToRunningP95Ms, times.lostBuilds]).toEqual([null, 0]);
});

test('a stack has resumed with the first effect after its start of a build that was open', () => {
  const effects = [
    effect('log', { atMs: 450 }),
    effect('status', { atMs: 800 }),
    effect('log', { buildId: 'other', atMs: 510 }),
  ];
  const times = measureTimes(evidence({ effects }), [fault({ startedAtMs: 500 })]);
  expect(times.stackResumedMs).toBe(300);
});
