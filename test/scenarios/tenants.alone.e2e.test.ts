import { afterAll, beforeAll, expect, test } from 'vitest';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Build, BuildStep } from '../../src/contracts/builds.js';
import type { Problem } from '../../src/contracts/problem.js';
import { buildkitRoot, listRoots } from '../../src/embedded/services/buildkit-root.js';
import { readServiceRecord } from '../../src/embedded/services/service-record.js';
import { isSameProcess, processStartTime } from '../../src/embedded/process-identity.js';
import { hasEnded, runKiln, startKiln, type TenantOfKiln, type TestKiln } from './kiln.js';
import { runInside, type RunTraces, traces } from './traces.js';

const NOTHING = { processes: [], mounts: [], links: [], rules: [], chains: [], namespaces: [] };

let kiln: TestKiln;
let other: Awaited<ReturnType<TestKiln['addTenant']>>;
let firstId: string;
beforeAll(async () => {
  kiln = await startKiln({ KILN_BUILDKIT_IDLE_SECONDS: '5', KILN_HOST_NETWORK: 'true' });
  await kiln.json('POST', '/v1/projects', { slug: 'trusted', trust: 'trusted' });
  other = await kiln.addTenant('other');
  firstId = (await listRoots(kiln.stateFolder))[0]!.key;
}, 300_000);
afterAll(async () => {
  await runKiln(['down', '--state', kiln.stateFolder]);
  rmSync(kiln.stateFolder, { recursive: true, force: true });
}, 60_000);

const finish = async (tenant: TenantOfKiln, dockerfile: string, options = {}): Promise<Build> => {
  const { id } = await tenant.build(`FROM ${kiln.baseImage}\n${dockerfile}`, options);
  return tenant.until(id, (build) => hasEnded(build) && build.log_complete);
};

/** Of each RUN step, whether it was cached. */
const cachedRuns = async (tenant: TenantOfKiln, { id }: Build): Promise<boolean[]> => {
  const { items } = await tenant.json<{ items: BuildStep[] }>('GET', `/v1/builds/${id}/steps`);
  return items.filter(({ step_name: name }) => name.includes('RUN')).map(({ cached }) => cached);
};

/** Whether the BuildKit of the tenant runs or is being stopped. */
const isOpen = async (tenantId: string): Promise<boolean> =>
  (await readServiceRecord(kiln.stateFolder, `buildkit-${tenantId}`))?.process !== undefined;

/** The pid of the tenant's BuildKit; null when it does not run. */
const processOf = async (tenantId: string) => {
  const identity = (await readServiceRecord(kiln.stateFolder, `buildkit-${tenantId}`))?.process;
  return identity !== undefined && isSameProcess(identity) ? identity.pid : null;
};

test('a tenant gets nothing cached of what another has made with a secret', async () => {
  const dockerfile = [
    'RUN --mount=type=secret,id=token cat /run/secrets/token > /made; echo made',
    'RUN test -s /made && echo it holds something || echo it holds nothing',
  ].join('\n');
  await kiln.call('PUT', '/v1/secrets/token', { value: 'of the first tenant alone' });
  const secrets = [{ id: 'token', name: 'token' }];
  const made = await finish(kiln, dockerfile, { secrets });
  const again = await finish(kiln, dockerfile, { secrets });
  expect(await kiln.log(made.id)).toContain('it holds something');
  expect(await cachedRuns(kiln, again)).toEqual([true, true]);

  const build = await finish(other, dockerfile);

  expect(build.result).toMatchObject({ failure_reason: null });
  expect(await cachedRuns(other, build)).toEqual([false, false]);
  expect(await other.log(build.id)).toContain('it holds nothing');
}, 120_000);

/** A build in the trusted project of the first tenant. */
const finishTrusted = async (dockerfile: string, more: object = {}): Promise<Build> => {
  const { id } = await kiln.json<Build>('POST', '/v1/projects/trusted/builds', {
    source: { kind: 'inline' },
    options: { dockerfile_inline: `FROM ${kiln.baseImage}\n${dockerfile}` },
    ...more,
  });
  return kiln.until(id, (build) => hasEnded(build) && build.log_complete);
};

test('an untrusted project gets nothing cached of what a trusted one of its tenant has made, nor the reverse', async () => {
  const [ofTrusted, ofUntrusted] = ['RUN echo made by the trusted', 'RUN echo made by the untrusted'];
  const [trusted, untrusted] = [await finishTrusted(ofTrusted), await finish(kiln, ofUntrusted)];
  expect([trusted.trust, untrusted.trust]).toEqual(['trusted', 'untrusted']);
  expect(await cachedRuns(kiln, await finishTrusted(ofTrusted))).toEqual([true]);

  const [across, back] = [await finish(kiln, ofTrusted), await finishTrusted(ofUntrusted)];

  expect(await cachedRuns(kiln, across)).toEqual([false]);
  expect(await cachedRuns(kiln, back)).toEqual([false]);
}, 120_000);

test('steps of a trusted project have the network of the host when they ask for it, all of them or one', async () => {
  const reach = `nc -w 2 127.0.0.1 ${new URL(kiln.access.api_url).port} < /dev/null`;

  const one = await finishTrusted(`RUN --network=host ${reach}\nRUN ! ${reach}`);
  const all = await finishTrusted(`RUN ${reach}`, { resources: { network: 'host' } });

  expect([one, all].map(({ result }) => result.failure_reason)).toEqual([null, null]);
}, 120_000);

test('those of an untrusted project are refused it before they wait, in the request as in the Dockerfile', async () => {
  const refused = async (dockerfile: string, resources: object): Promise<string> => {
    const options = { dockerfile_inline: `FROM ${kiln.baseImage}\n${dockerfile}` };
    const body = { source: { kind: 'inline' }, options, resources };
    const answer = await kiln.call('POST', '/v1/projects/scenario/builds', body);
    const { fields, fix } = (await answer.json()) as Problem;
    return `${answer.status} ${fields?.[0]?.message} ${fix}`;
  };
  const remedy = /trusted code only.*kiln projects set scenario --trust trusted/;
  expect(await refused('RUN true', { network: 'host' })).toMatch(remedy);
  expect(await refused('RUN --network=host true', {})).toMatch(remedy);
}, 60_000);

test('a build whose BuildKit is killed succeeds by another attempt, and the other tenant does not notice', async () => {
  const dockerfile = 'RUN i=1; while [ $i -le 30 ]; do echo "line $i"; i=$((i+1)); sleep 0.1; done';
  const [hit, spared] = await Promise.all(
    [other, kiln].map((tenant) => tenant.build(`FROM ${kiln.baseImage}\n${dockerfile}`)),
  );
  await other.until(hit!.id, async () => (await other.log(hit!.id)).includes('line 5\n'));

  kiln.kill(`buildkit-${other.tenantId}`);

  const [ended, undisturbed] = await Promise.all([
    other.until(hit!.id, (build) => hasEnded(build) && build.log_complete, 90_000),
    kiln.until(spared!.id, hasEnded),
  ]);
  expect([ended.status, undisturbed.status]).toEqual(['success', 'success']);
  expect(ended.attempts).toBeGreaterThan(1);
  expect(undisturbed.attempts).toBe(1);
}, 120_000);

test('a BuildKit without builds is stopped with all it has, and the next build finds its cache', async () => {
  const { run, dockerfile } = await inMidRun(other, other.tenantId, 2);
  const firstPid = await processOf(firstId);

  while (await isOpen(other.tenantId)) await sleep(100);

  expect(await traces(buildkitRoot(kiln.stateFolder, other.tenantId).folder, run)).toEqual(NOTHING);
  expect(await processOf(firstId)).toBe(firstPid);
  const again = await finish(other, dockerfile);
  expect(await cachedRuns(other, again)).toEqual([true]);
}, 120_000);

test('BuildKits of two tenants have networks apart, and `kiln down` after a kill -9 of `kiln up` leaves nothing of either', async () => {
  const { chains: chainsBefore } = await traces('/no/such/folder');
  const [{ run: first }, { run: second }] = await Promise.all([
    inMidRun(kiln, firstId, 300),
    inMidRun(other, other.tenantId, 300),
  ]);
  if (first.bridge !== null) expect(second.subnet).not.toBe(first.subnet);
  process.kill(kiln.access.pid, 'SIGKILL');
  while (processStartTime(kiln.access.pid) !== undefined) await sleep(50);

  await runKiln(['down', '--state', kiln.stateFolder]);

  for (const run of [first, second]) {
    const left = await traces(kiln.stateFolder, run);
    const chains = left.chains.filter((line) => !chainsBefore.includes(line));
    expect({ ...left, chains }).toEqual(NOTHING);
    expect(run.processes.filter(isSameProcess)).toEqual([]);
  }
}, 120_000);

/** A build of the tenant in the middle of a RUN step that takes so long. */
async function inMidRun(
  tenant: TenantOfKiln,
  tenantId: string,
  seconds: number,
): Promise<{ run: RunTraces; dockerfile: string }> {
  const mark = `mark-${tenantId}`;
  const dockerfile = `RUN sleep ${seconds} && echo ${mark}`;
  await tenant.build(`FROM ${kiln.baseImage}\n${dockerfile}`);
  for (let tries = 0; tries < 600; tries += 1) {
    const run = await runInside(buildkitRoot(kiln.stateFolder, tenantId).folder, mark);
    if (run !== null) return { run, dockerfile };
    await sleep(100);
  }
  throw new RangeError('The RUN step did not start in a minute.');
}
