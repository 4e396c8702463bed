import { expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLoop } from '../../src/controller/loop.js';

const HOUR_MS = 3_600_000;
const log = { error: () => undefined };

test('a ring brings the next round forward', async () => {
  let rounds = 0;
  const loop = startLoop('test', log, async () => {
    rounds += 1;
    return HOUR_MS;
  });
  await sleep(10);
  loop.ring();
  await sleep(10);
  await loop.stop();
  expect(rounds).toBe(2);
});

test('a ring during a round is not lost', async () => {
  let rounds = 0;
  const loop = startLoop('test', log, async () => {
    rounds += 1;
    if (rounds === 1) loop.ring();
    await sleep(5);
    return HOUR_MS;
  });
  await sleep(50);
  await loop.stop();
  expect(rounds).toBe(2);
});

test('a round that throws is reported and does not end the loop', async () => {
  const reported: unknown[] = [];
  let rounds = 0;
  const loop = startLoop('test', { error: (fields) => reported.push(fields['err']) }, async () => {
    rounds += 1;
    if (rounds === 1) throw new Error('the database is away');
    return HOUR_MS;
  });
  await sleep(10);
  loop.ring();
  await sleep(10);
  await loop.stop();
  expect(reported).toHaveLength(1);
  expect(rounds).toBe(2);
});

test('stop waits for the round that is going on', async () => {
  let isDone = false;
  const loop = startLoop('test', log, async () => {
    await sleep(30);
    isDone = true;
    return HOUR_MS;
  });
  await sleep(5);
  await loop.stop();
  expect(isDone).toBe(true);
});
