import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BuildStart } from '../../workflows/contract.js';
import { FakeKiln, granted } from './fake-activities.js';
import { BuildHouse } from './build-house.js';

let house: BuildHouse;
beforeAll(async () => {
  house = await BuildHouse.open();
});
afterAll(async () => {
  await house.close();
});

const aRetry = (firstBuildId: string, buildNumber = 2): BuildStart => ({
  buildId: randomUUID(),
  tenantId: 't',
  projectId: 'p',
  project: 'shop',
  method: 'buildx',
  buildNumber,
  firstBuildId,
});

const isStarted = async (buildId: string): Promise<void> => {
  const { handle } = house.build(buildId);
  while ((await handle.describe().catch(() => null)) === null) await house.pause(50);
};

test('a retry runs as a build of its own, and its chain is open until that has ended', async () => {
  const first = randomUUID();
  const asked = aRetry(first);
  const kiln = new FakeKiln({ kind: 'waiting', waitMs: null });
  const chain = await house.retry(kiln, first, asked);
  await isStarted(asked.buildId);
  expect((await chain.handle.describe()).status.name).toBe('RUNNING');

  kiln.answer = granted(1, house.workerId);
  await house.build(asked.buildId).signal('leaseGranted');

  expect(await chain.result()).toEqual({ builds: [asked.buildId] });
  expect(await house.build(asked.buildId).result()).toEqual({ status: 'success' });
  await house.keepHistory(chain, 'retry');
});

test('the same retry may be asked for again and again', async () => {
  const first = randomUUID();
  const asked = aRetry(first);
  const kiln = new FakeKiln(granted(1, house.workerId));
  kiln.onBuild = async () => {
    await house.retry(kiln, first, asked);
    return 'succeeded';
  };
  const chain = await house.retry(kiln, first, asked);
  expect(await chain.result()).toEqual({ builds: [asked.buildId] });
  expect(kiln.calls.filter((call) => call.startsWith('build'))).toEqual(['build 1']);
  await house.keepHistory(chain, 'retry-asked-twice');
});

test('a request for a retry that has ended starts nothing', async () => {
  const first = randomUUID();
  const asked = aRetry(first);
  const kiln = new FakeKiln(granted(1, house.workerId));
  await (await house.retry(kiln, first, asked)).result();

  const late = await house.retry(kiln, first, asked);

  expect(await late.result()).toEqual({ builds: [asked.buildId] });
  expect(kiln.calls.filter((call) => call.startsWith('build'))).toEqual(['build 1']);
  await house.keepHistory(late, 'retry-asked-late');
});

test('a further retry of the chain joins while the one before is tidied up', async () => {
  const first = randomUUID();
  const [one, two] = [aRetry(first), aRetry(first, 3)];
  const kiln = new FakeKiln(granted(1, house.workerId));
  kiln.onPublish = async () => {
    kiln.onPublish = () => Promise.resolve();
    await house.retry(kiln, first, two);
  };
  const chain = await house.retry(kiln, first, one);
  expect(await chain.result()).toEqual({ builds: [one.buildId, two.buildId] });
  expect(await house.build(two.buildId).result()).toEqual({ status: 'success' });
  await house.keepHistory(chain, 'retry-of-a-retry');
});

test('a cancel of the chain in Temporal cancels the build that runs', async () => {
  const first = randomUUID();
  const asked = aRetry(first);
  const kiln = new FakeKiln(granted(1, house.workerId));
  kiln.onBuild = async (_, cancelled) => {
    await chain.cancel();
    await cancelled;
    return 'cancelled';
  };
  const chain = await house.retry(kiln, first, asked);
  expect(await chain.result()).toEqual({ builds: [asked.buildId] });
  expect(await house.build(asked.buildId).result()).toEqual({ status: 'cancelled' });
  await house.keepHistory(chain, 'retry-cancelled');
});
