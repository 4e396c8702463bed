import { afterAll, beforeAll, expect, test } from 'vitest';
import { BuildHouse } from './build-house.js';
import { FakeKiln } from './fake-activities.js';

let house: BuildHouse;
beforeAll(async () => {
  house = await BuildHouse.open();
});
afterAll(async () => {
  await house.close();
});

test('a tick that is asked for runs at the time that it is told', async () => {
  const kiln = new FakeKiln({ kind: 'waiting', waitMs: null });
  const run = await house.tick(kiln, 's', { at: '2026-03-29T01:30:00.000Z' });
  expect(await run.result()).toEqual({ status: 'started', buildId: 'build-1' });
  expect(kiln.calls).toEqual(['tick s 2026-03-29T01:30:00.000Z']);
  await house.keepHistory(run, 'tick-asked-for');
});

test('one that a Temporal Schedule has rung for runs at the time of that', async () => {
  const kiln = new FakeKiln({ kind: 'waiting', waitMs: null });
  const run = await house.tick(kiln, 's', { rungFor: new Date('2026-03-29T01:30:00Z') });
  await run.result();
  expect(kiln.calls).toEqual(['tick s 2026-03-29T01:30:00.000Z']);
  await house.keepHistory(run, 'tick');
});
