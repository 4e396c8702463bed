import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setTimeout as sleep } from 'node:timers/promises';
import { timeLimit } from '../../src/domain/time-limit.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
// V8 refuses code caches that were made under other flags, and suites share this process.
setFlagsFromString('--no-expose-gc');

test('a limit that is combined with another signal passes also when memory was collected meanwhile', async () => {
  const other = new AbortController();
  let hasPassed = false;
  const wait = (): void => {
    const either = timeLimit(60, other.signal);
    either.addEventListener('abort', () => (hasPassed = true), { once: true });
  };
  wait();
  for (let round = 0; round < 4; round += 1) {
    await sleep(5);
    collect();
  }
  await sleep(80);
  expect(hasPassed).toBe(true);
});
