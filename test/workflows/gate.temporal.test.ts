import { afterAll, beforeAll, expect, test } from 'vitest';
import { failure, FakeKiln, granted } from './fake-activities.js';
import { BuildHouse, type HouseRun } from './build-house.js';

let house: BuildHouse;
beforeAll(async () => {
  house = await BuildHouse.open();
});
afterAll(async () => {
  await house.close();
});

const STAGED = `sha256:${'a'.repeat(64)}`;

/** A Kiln whose gate holds the first attempt; `waitMs` is what is left until the expiry. */
function holding(waitMs = 60_000): FakeKiln {
  const kiln = new FakeKiln(granted(1, house.workerId, { isGated: true }));
  kiln.onGate = () => {
    kiln.answer = { kind: 'held', waitMs };
    return false;
  };
  return kiln;
}

/** Resolves when the workflow has come to its gate and asked the row. */
async function held(kiln: FakeKiln): Promise<void> {
  while (!kiln.calls.includes('gate 1')) await house.pause(20);
  await house.pause(300);
}

/** What the row says after an approval: a lease of a second attempt, with the image in staging. */
function approve(kiln: FakeKiln): void {
  kiln.onGate = () => true;
  kiln.answer = { ...granted(2, house.workerId, { isGated: true }), stagedDigest: STAGED };
}

test('an image that passes the gate is published under the same lease', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId, { isGated: true }));
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'success' });
  expect(kiln.calls.slice(0, 3)).toEqual(['build 1', 'gate 1', 'publish 1']);
  await house.keepHistory(run, 'gate-passed');
});

test('a held build that is approved asks for a lease again and publishes what lies in staging', async () => {
  const kiln = holding();
  const run = await house.start(kiln);
  await held(kiln);
  approve(kiln);
  await run.signal('approveBuild');
  expect(await run.result()).toEqual({ status: 'success' });
  expect(kiln.calls).toEqual([
    'build 1',
    'gate 1',
    'gate 2',
    'publish 2',
    'move 2',
    'record published',
    'release 2',
    'clean',
  ]);
  await house.keepHistory(run, 'held-approved');
});

test('a held build that is rejected ends without being published', async () => {
  const kiln = holding();
  const run = await house.start(kiln);
  await held(kiln);
  kiln.answer = { kind: 'refused' };
  await run.signal('rejectBuild');
  expect(await run.result()).toEqual({ status: 'failed' });
  expect(kiln.calls).toEqual(['build 1', 'gate 1', 'record not_approved', 'clean']);
  await house.keepHistory(run, 'held-rejected');
});

test('a held build that nobody decides on ends when its time is over', async () => {
  const kiln = holding(400);
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'failed' });
  expect(kiln.calls).toEqual(['build 1', 'gate 1', 'record not_approved', 'clean']);
  await house.keepHistory(run, 'held-expired');
});

test('an approval that came before the expiry was recorded is obeyed', async () => {
  const kiln = holding(400);
  kiln.onRecord = () => {
    kiln.onRecord = () => undefined;
    approve(kiln);
    throw failure('stale_fence', 'The lease of this effect is no longer valid.');
  };
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'success' });
  expect(kiln.calls.slice(2, 5)).toEqual(['record not_approved', 'gate 2', 'publish 2']);
});

test('a signal without a decision leaves the build where it is', async () => {
  const kiln = holding();
  const run: HouseRun = await house.start(kiln);
  await held(kiln);
  await run.signal('approveBuild');
  await house.pause(300);
  expect(kiln.calls).toEqual(['build 1', 'gate 1']);
  approve(kiln);
  await run.signal('leaseGranted');
  expect(await run.result()).toEqual({ status: 'success' });
});

test('a staged image is scanned before the gate that asks for it, and one that is refused ends the build', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId, { isGated: true, needsScan: true }));
  kiln.onGate = () => 'refused';
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'failed' });
  expect(kiln.calls).toEqual(['build 1', 'inspect 1', 'gate 1', 'record not_approved', 'release 1', 'clean']);
  await house.keepHistory(run, 'gate-refused');
});

test('an inspection that fails lets the gate decide about what is not known', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId, { isGated: true, needsScan: true }));
  kiln.onInspect = () => {
    throw failure('registry_denied', 'The registry refused the credentials.');
  };
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'success' });
  expect(kiln.calls.slice(0, 4)).toEqual(['build 1', 'inspect 1', 'gate 1', 'publish 1']);
});
