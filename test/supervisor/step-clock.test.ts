import { vi } from 'vitest';
import { StepClock } from '../../src/supervisor/step-clock.js';
import { aStep } from '../support/builds.js';

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-11-21T09:00:00.000Z') }));
afterEach(() => void vi.useRealTimers());

function aClock() {
  const late: number[] = [];
  return { late, clock: new StepClock(60_000, ({ number }) => late.push(number)) };
}

test('a step that was over before the supervisor came back is not late, one that still runs is', () => {
  const { late, clock } = aClock();
  const startedAt = '2026-11-21T08:58:00.000Z';
  clock.see(aStep(1, { startedAt }));
  clock.see(aStep(2, { startedAt }));
  vi.advanceTimersByTime(1000);
  clock.see(aStep(1, { startedAt, status: 'success', completedAt: '2026-11-21T08:58:59.000Z' }));

  clock.start();
  vi.advanceTimersByTime(0);

  expect(late).toEqual([2]);
});

test('steps that run at the same time are counted each from its own start', () => {
  const { late, clock } = aClock();
  clock.start();
  clock.see(aStep(1, { startedAt: '2026-11-21T09:00:00.000Z' }));
  vi.advanceTimersByTime(30_000);
  clock.see(aStep(2, { startedAt: '2026-11-21T09:00:30.000Z' }));
  vi.advanceTimersByTime(30_000);
  expect(late).toEqual([1]);
  vi.advanceTimersByTime(29_999);
  expect(late).toEqual([1]);
  vi.advanceTimersByTime(1);
  expect(late).toEqual([1, 2]);
});

test('a builder whose clock is ahead gets the whole time for its steps and no more', () => {
  const { late, clock } = aClock();
  clock.start();
  clock.see(aStep(1, { startedAt: '2026-11-21T12:00:00.000Z' }));
  vi.advanceTimersByTime(59_999);
  expect(late).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(late).toEqual([1]);
});

test('nothing is late after the run', () => {
  const { late, clock } = aClock();
  clock.start();
  clock.see(aStep(1));
  clock.stop();
  vi.advanceTimersByTime(120_000);
  expect(late).toEqual([]);
});
