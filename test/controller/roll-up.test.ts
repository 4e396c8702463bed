import { setTimeout as sleep } from 'node:timers/promises';
import { startRollUp } from '../../src/controller/roll-up.js';

test('many rings are one round after a rest, which spreads all changes and counts all days', async () => {
  const done: string[] = [];
  let changes = 0;
  let days = 0;
  let ring = (): void => undefined;
  const loop = startRollUp({
    rollUp: {
      spreadChanges: (most) => {
        const taken = Math.min(most, changes);
        changes -= taken;
        done.push(`spread ${taken}`);
        return Promise.resolve(taken);
      },
      countNextDay: () => {
        if (days === 0) return Promise.resolve(null);
        days -= 1;
        done.push('day');
        return Promise.resolve({ tenantId: 't', date: '2026-05-04' });
      },
    },
    onQueue: (listener) => {
      ring = listener;
      return () => undefined;
    },
    restMs: 40,
    log: { error: () => undefined },
  });
  await vi.waitFor(() => expect(done).toEqual(['spread 0']), 10_000);
  [changes, days] = [5_001, 2];
  for (let count = 0; count < 100; count += 1) ring();
  expect(done).toEqual(['spread 0']);
  await vi.waitFor(() => expect(done).toEqual(['spread 0', 'spread 5000', 'spread 1', 'day', 'day']), 10_000);
  await sleep(60);
  expect(done).toHaveLength(5);
  ring();
  await loop.stop();
  await sleep(60);
  expect(done).toHaveLength(5);
});
