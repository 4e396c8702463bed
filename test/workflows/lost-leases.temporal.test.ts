import { afterAll, beforeAll, expect, test } from 'vitest';
import { failure, FakeKiln, granted } from './fake-activities.js';
import { BuildHouse } from './build-house.js';

let house: BuildHouse;
beforeAll(async () => {
  house = await BuildHouse.open();
});
afterAll(async () => {
  await house.close();
});

test('a lost run is tried again under a new lease', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId));
  kiln.onBuild = async ({ attempt }) => {
    if (attempt === 2) return 'succeeded';
    setTimeout(() => {
      kiln.answer = granted(2, house.workerId);
      void run.signal('leaseGranted');
    }, 1000);
    return 'lost';
  };
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'success' });
  expect(kiln.calls.slice(0, 3)).toEqual(['build 1', 'lose 1', 'build 2']);
  await house.keepHistory(run, 'run-lost');
});

test('a lease that goes to another attempt ends the old one without a record', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId));
  kiln.onBuild = async ({ attempt }, cancelled) => {
    if (attempt === 2) return 'succeeded';
    kiln.answer = granted(2, house.workerId);
    await run.signal('leaseGranted');
    await cancelled;
    return 'cancelled';
  };
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'success' });
  expect(kiln.calls).toEqual([
    'build 1',
    'build 2',
    'publish 2',
    'move 2',
    'record published',
    'release 2',
    'clean',
  ]);
  await house.keepHistory(run, 'lease-changed');
});

test('a host that has gone is not waited for: neither by the next attempt nor at the end of a build that took too long', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId));
  let comesBack: () => void = () => undefined;
  const back = new Promise<void>((resolve) => (comesBack = resolve));
  kiln.onBuild = async ({ attempt }, cancelled) => {
    if (attempt === 1) {
      kiln.answer = granted(2, house.workerId, { buildTimeoutMs: 500 });
      await run.signal('leaseGranted');
    } else {
      await cancelled;
      kiln.answer = { kind: 'waiting', waitMs: null };
      await run.signal('leaseGranted');
    }
    await back;
    return 'lost';
  };
  const run = await house.start(kiln);

  expect(await run.result()).toEqual({ status: 'failed' });
  expect(kiln.calls).toEqual(['build 1', 'build 2', 'record build_timeout', 'release 2', 'clean']);
  comesBack();
  await house.keepHistory(run, 'host-gone');
});

test('a publication whose lease is gone is taken up by the next attempt', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId));
  kiln.onPublish = () => {
    kiln.onPublish = () => Promise.resolve();
    kiln.answer = granted(2, house.workerId);
    return Promise.reject(failure('stale_fence', 'The lease of this effect is no longer valid.'));
  };
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'success' });
  expect(kiln.calls).not.toContain('record publish_failed');
  expect(kiln.calls.at(-2)).toBe('release 2');
  await house.keepHistory(run, 'publish-lost');
});

test('a record that is refused for a newer attempt is asked for again under the new lease', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId));
  kiln.onRecord = () => {
    kiln.onRecord = () => undefined;
    kiln.answer = granted(2, house.workerId);
    throw failure('stale_fence', 'The lease of this effect is no longer valid.');
  };
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'success' });
  expect(kiln.calls.slice(3)).toEqual([
    'record published',
    'build 2',
    'publish 2',
    'move 2',
    'record published',
    'release 2',
    'clean',
  ]);
  await house.keepHistory(run, 'record-refused');
});
