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

test.each([
  ['base-images', null, 'check base images of all'],
  ['base-images-asked-for', 'tenant-1', 'check base images of tenant-1'],
])('a look at base images: %s', async (history, tenantId, call) => {
  const kiln = new FakeKiln({ kind: 'waiting', waitMs: null });
  const run = await house.baseImages(kiln, tenantId);
  expect(await run.result()).toEqual({ images: 2, moves: 1 });
  expect(kiln.calls).toEqual([call]);
  await house.keepHistory(run, history);
});

test('a look that is asked for while one is under way is not a second one', async () => {
  const kiln = new FakeKiln({ kind: 'waiting', waitMs: null });
  const run = await house.baseImages(kiln, 'tenant-2');
  await expect(house.baseImages(kiln, 'tenant-2')).rejects.toThrow(/already started/i);
  await run.result();
  expect(kiln.calls).toEqual(['check base images of tenant-2']);
});
