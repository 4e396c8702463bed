import { afterAll, beforeAll, expect, test } from 'vitest';
import { failure, FakeKiln, granted, lease } from './fake-activities.js';
import { BuildHouse } from './build-house.js';

let house: BuildHouse;
beforeAll(async () => {
  house = await BuildHouse.open();
});
afterAll(async () => {
  await house.close();
});

test('a build with a free slot is built, published, tagged, recorded and released', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId));
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'success' });
  expect(kiln.calls).toEqual(['build 1', 'publish 1', 'move 1', 'record published', 'release 1', 'clean']);
  await house.keepHistory(run, 'success');
});

test('a what-if ends with its image in staging, whatever gate there is', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId, { isUnpublished: true, isGated: true }));
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'success' });
  expect(kiln.calls).toEqual(['build 1', 'record staged', 'release 1', 'clean']);
  await house.keepHistory(run, 'what-if');
});

test('a build without a slot waits and goes on when the doorbell rings', async () => {
  const kiln = new FakeKiln({ kind: 'waiting', waitMs: null });
  const run = await house.start(kiln);
  kiln.answer = granted(1, house.workerId);
  await run.signal('leaseGranted');
  expect(await run.result()).toEqual({ status: 'success' });
  await house.keepHistory(run, 'waited-for-lease');
});

test('whoever looks into Temporal reads what a build is doing', async () => {
  const kiln = new FakeKiln({ kind: 'waiting', waitMs: null });
  const run = await house.start(kiln);
  const doing = async (): Promise<string> =>
    (await run.handle.query<{ currentDetails: string }, []>('__temporal_workflow_metadata')).currentDetails;
  while ((await doing()) === '') await house.pause(20);
  expect(await doing()).toMatch(/^Waits for a slot/);
  let end: () => void = () => undefined;
  kiln.onBuild = () => new Promise((resolve) => (end = () => resolve('succeeded')));
  kiln.answer = granted(1, house.workerId, { workerName: 'builder-2' });
  await run.signal('leaseGranted');
  while (!kiln.calls.includes('build 1')) await house.pause(20);
  expect(await doing()).toBe('Attempt 1 runs on the host builder-2: source, build, staging.');
  end();
  await run.result();
  expect(await doing()).toMatch(/^Ended: success/);
});

test('the builds whose workflows run are listed for the audit, which can end one that has no build', async () => {
  const workflows = house.workflows();
  const run = await house.start(new FakeKiln({ kind: 'waiting', waitMs: null }));
  const buildId = run.handle.workflowId.replace('build/', '');
  const isListed = async (olderThanMs = 0) => (await workflows.openBuilds(olderThanMs)).has(buildId);

  while (!(await isListed())) await house.pause(50);
  expect(await isListed(60_000)).toBe(false);
  await workflows.terminate(buildId, 'Kiln knows no such build.');
  expect(await workflows.state(buildId)).toBe('closed');
  while (await isListed()) await house.pause(50);
  await workflows.terminate('never-started', 'nothing to end');
});

test('a doorbell without cause changes nothing', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId));
  kiln.onBuild = async () => {
    await run.signal('leaseGranted');
    await house.pause(300);
    return 'succeeded';
  };
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'success' });
  expect(kiln.calls.filter((call) => call.startsWith('build'))).toEqual(['build 1']);
});

test('a build that waits longer than allowed ends as a queue timeout', async () => {
  const kiln = new FakeKiln({ kind: 'waiting', waitMs: 300 });
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'failed' });
  expect(kiln.calls).toEqual(['record queue_timeout', 'clean']);
  await house.keepHistory(run, 'queue-timeout');
});

test('a failed run ends the build as failed and completes the workflow', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId));
  kiln.onBuild = () => Promise.resolve('failed');
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'failed' });
  expect(kiln.calls).toEqual(['build 1', 'record run_failed', 'release 1', 'clean']);
  await house.keepHistory(run, 'run-failed');
});

test('a run that failed by a fault of the infrastructure is made again under a new lease', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId));
  kiln.triesLeft = 1;
  kiln.onBuild = async ({ attempt }) => {
    if (attempt === 2) return 'succeeded';
    setTimeout(() => {
      kiln.answer = granted(2, house.workerId);
      void run.signal('leaseGranted');
    }, 1000);
    return 'failed';
  };
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'success' });
  expect(kiln.calls.slice(0, 3)).toEqual(['build 1', 'again 1', 'build 2']);
  await house.keepHistory(run, 'tried-again');
});

test('a run that takes too long is stopped and ends as a build timeout', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId, { buildTimeoutMs: 500 }));
  kiln.onBuild = async (_, cancelled) => {
    await cancelled;
    return 'cancelled';
  };
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'failed' });
  expect(kiln.calls).toEqual(['build 1', 'record build_timeout', 'release 1', 'clean']);
  await house.keepHistory(run, 'build-timeout');
});

test('an image that lies in staging already is published without a rebuild', async () => {
  const kiln = new FakeKiln({
    kind: 'granted',
    lease: lease(2),
    workerId: house.workerId,
    stagedDigest: `sha256:${'b'.repeat(64)}`,
    buildTimeoutMs: 60_000,
    isGated: false,
    needsScan: false,
  });
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'success' });
  expect(kiln.calls).toEqual(['publish 2', 'move 2', 'record published', 'release 2', 'clean']);
  await house.keepHistory(run, 'publish-only');
});

test('a refused publication ends the build with the code and text of the refusal', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId));
  kiln.onPublish = () => Promise.reject(failure('registry_denied', 'The registry refused the credentials.'));
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'failed' });
  expect(kiln.ending).toEqual({
    kind: 'publish_failed',
    code: 'registry_denied',
    message: 'The registry refused the credentials.',
  });
  await house.keepHistory(run, 'publish-failed');
});

test('a registry that does not let itself be tidied up does not keep the build open', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId));
  kiln.onCleanUp = () => {
    throw failure('internal', 'nothing can be removed');
  };
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'success' });
  await house.keepHistory(run, 'not-tidied');
});

test('an image that goes from a repository between its copy and its tag is copied again', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId));
  kiln.onMoveTags = () => {
    kiln.onMoveTags = () => 'moved';
    return 'missing';
  };
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'success' });
  expect(kiln.calls.slice(0, 5)).toEqual(['build 1', 'publish 1', 'move 1', 'publish 1', 'move 1']);
  await house.keepHistory(run, 'copied-again');
});

test('an image that a repository never keeps ends the build instead of being copied for ever', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId));
  kiln.onMoveTags = () => 'missing';
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'failed' });
  expect(kiln.calls.filter((call) => call === 'publish 1')).toHaveLength(3);
  expect(kiln.ending).toMatchObject({ kind: 'publish_failed', code: 'registry_failed' });
});

test('tags that a registry does not take at once are tried again outside of the workflow, until it does', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId));
  let tries = 0;
  kiln.onMoveTags = () => {
    if ((tries += 1) < 3) throw new Error('the registry does not answer');
    return 'moved';
  };
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'success' });
  expect(kiln.calls.slice(2, 5)).toEqual(['move 1', 'move 1 again', 'move 1 again']);
  await house.keepHistory(run, 'tags-again');
});

test('a tag that a registry refuses is not tried again', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId));
  kiln.onMoveTags = () => {
    throw failure('registry_rejected', 'the tag is immutable');
  };
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'failed' });
  expect(kiln.ending).toMatchObject({ code: 'registry_rejected', message: 'the tag is immutable' });
  expect(kiln.calls.filter((call) => call.startsWith('move'))).toEqual(['move 1']);
});

test('retention prunes the images of one project after the other, then builds, then logs, each until nothing is left', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId));
  kiln.prunes.set('p1', 2).set('p2', 1);
  kiln.buildPrunes.set('b1', 2);
  kiln.logParts = 2;
  const run = await house.retention(kiln);
  expect(await run.result()).toEqual({ prunes: ['p1', 'p2'], buildPrunes: ['b1'] });
  expect(kiln.calls).toEqual([
    ...['prune p1', 'prune p1', 'prune p2'],
    ...['prune builds b1', 'prune builds b1', 'remove logs', 'remove logs'],
  ]);
  await house.keepHistory(run, 'retention');
  await house.keepHistory(house.prune('p1'), 'prune');
  await house.keepHistory(house.buildPrune('b1'), 'build-prune');
});

test('a build that ended elsewhere completes at once', async () => {
  const run = await house.start(new FakeKiln({ kind: 'ended', status: 'failed' }));
  expect(await run.result()).toEqual({ status: 'failed' });
  await house.keepHistory(run, 'ended-elsewhere');
});
