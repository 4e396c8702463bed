import { expect, it } from 'vitest';
import { startBeat } from '../../src/api/beat.js';
import { KilnError } from '../../src/domain/errors.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it('beats as one instance until it is stopped, however many beats are missed', async () => {
  const instances: string[] = [];
  const missed: unknown[] = [];
  const stop = startBeat(
    {
      beat: (instance) => {
        instances.push(instance);
        return instances.length === 2 ? Promise.reject(new KilnError('unavailable')) : Promise.resolve();
      },
    },
    (error) => missed.push(error),
    5,
  );
  while (instances.length < 4) await pause(2);
  stop();
  await pause(5);
  const { length } = instances;
  await pause(30);
  expect(instances.length).toBe(length);
  expect(new Set(instances).size).toBe(1);
  expect(missed).toHaveLength(1);
});
