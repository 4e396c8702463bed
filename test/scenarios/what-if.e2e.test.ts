import { afterAll, beforeAll, expect, test } from 'vitest';
import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import type { Build, BuildStep } from '../../src/contracts/builds.js';
import type { WhatIfAnswer } from '../../src/contracts/what-if.js';
import { hasEnded, runKiln, startKiln, type TestKiln } from './kiln.js';

/** The methods container and kaniko need root. */
const asRoot = process.getuid?.() === 0 ? test.concurrent : test.skip;

const registry = createImageRegistry();
let kiln: TestKiln;
let recorded: Build;
/** The base image with a file more, under another name. */
let otherBase: string;
beforeAll(async () => {
  kiln = await startKiln();
  await kiln.json('POST', '/v1/projects', { slug: 'app', name: 'app', trust: 'trusted' });
  await kiln.json('POST', '/v1/projects', { slug: 'other', name: 'other' });
  const other = await ended(await build('other', `FROM ${kiln.baseImage}\nRUN echo other > /which`));
  [otherBase] = other.destinations as [string];
  recorded = await ended(
    await build(
      'app',
      `FROM ${kiln.baseImage}\nRUN if [ -e /which ]; then cat /which; else echo first; fi && sleep 3\nRUN echo made > /made`,
    ),
  );
  expect(recorded.result.failure_reason ?? '').toBe('');
}, 600_000);
afterAll(async () => {
  await kiln.stop();
}, 60_000);

const build = (project: string, dockerfile: string): Promise<Build> =>
  kiln.json<Build>('POST', `/v1/projects/${project}/builds`, {
    source: { kind: 'inline' },
    options: { dockerfile_inline: dockerfile },
  });
const ended = ({ id }: Build): Promise<Build> =>
  kiln.until(id, (one) => hasEnded(one) && one.log_complete, 120_000);
const typed = (...args: string[]) =>
  runKiln(args, { KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token });
const whatIf = async (changes: object): Promise<Build> => {
  const path = `/v1/builds/${recorded.id}/what-if`;
  return (await kiln.json<WhatIfAnswer>('POST', path, { changes })).build;
};
const stepsOf = async ({ id }: Build): Promise<BuildStep[]> =>
  (await kiln.json<{ items: BuildStep[] }>('GET', `/v1/builds/${id}/steps`)).items;
const repository = (): string => `${kiln.access.registry}/app`;

/** The tags of the project are those of the recorded build, which nothing has moved. */
async function expectUnpublished(one: Build): Promise<void> {
  expect(one).toMatchObject({ destinations: [], publish_began_at: null });
  const tags = (await registry.tags(repository())).filter((tag) => !tag.startsWith('sha256-'));
  expect(tags.sort()).toEqual(['1', 'latest']);
  expect((await registry.head(repository(), 'latest'))!.digest).toBe(recorded.result.output_image_digest);
}

/** What it has staged goes by itself, once it has been looked into. */
const isStagingEmpty = async (one: Build): Promise<void> => {
  await kiln.until(one.id, (now) => now.result.cleanup_status === 'completed', 60_000);
  const tags = await registry.tags(`${repository()}-staging`);
  expect(tags.filter((tag) => tag.startsWith(one.id))).toEqual([]);
};

test('another base image takes the place of that of the Dockerfile, and nothing is published', async () => {
  const { code, stdout, stderr } = await typed(
    ...['what-if', 'app#1', '--base', `${kiln.baseImage}=${otherBase}`, '--progress', 'none'],
  );
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toContain('in place of');
  expect(stdout).toMatch(/compressed +[\d.]+ \w+ +[\d.]+ \w+/);
  const { items } = await kiln.json<{ items: Build[] }>('GET', '/v1/builds?project=app&number=2');
  const [one] = items as [Build];
  expect(await kiln.log(one.id)).toContain('other');
  const used = await kiln.json<{ items: { reference: string }[] }>('GET', `/v1/builds/${one.id}/base-images`);
  expect(used.items.map(({ reference }) => reference)).toEqual([otherBase]);
  await expectUnpublished(one);
  await isStagingEmpty(one);

  const again = await typed('what-if', 'app#2', '--progress', 'plain');
  expect(again.code).toBe(0);
  expect(again.stdout).toContain('in place of');
  expect(again.stderr).not.toContain('other');
}, 180_000);

test('without a cache every step runs; with it none does, and the recorded build stays the newest', async () => {
  const cached = await ended(await whatIf({}));
  const runs = async (one: Build): Promise<BuildStep[]> =>
    (await stepsOf(one)).filter((step) => step.instruction_type === 'RUN');
  expect((await runs(cached)).map((step) => step.cached)).toEqual([true, true]);
  const { code, stdout } = await typed('what-if', 'app#1', '--no-cache', '--json', '--progress', 'none');
  expect(code).toBe(0);
  const { after } = JSON.parse(stdout) as { after: { build: Build } };
  expect((await runs(after.build)).map((step) => step.cached)).toEqual([false, false]);
  await expectUnpublished(after.build);
  const latest = await typed('show', 'app#latest', '--json');
  expect((JSON.parse(latest.stdout) as { build: Build }).build.id).toBe(recorded.id);
}, 180_000);

asRoot.each(['container', 'kaniko'])(
  'the method %s builds the same, also on another base image',
  async (method) => {
    const one = await ended(await whatIf({ method, base: { [kiln.baseImage]: otherBase } }));
    expect(one.result.failure_reason ?? '').toBe('');
    expect(one).toMatchObject({ status: 'success', build_method: method });
    expect(await kiln.log(one.id)).toContain('other');
    await expectUnpublished(one);
    await isStagingEmpty(one);
  },
  180_000,
);

test('what a method cannot is refused with the change and what helps', async () => {
  const refusal = async (changes: object): Promise<unknown> =>
    (await kiln.call('POST', `/v1/builds/${recorded.id}/what-if`, { changes })).json();
  expect(await refusal({ base: { 'nobody/uses:1': otherBase } })).toMatchObject({
    code: 'invalid_request',
    fields: [{ field: 'changes.base', message: expect.stringContaining(`name one of ${kiln.baseImage}`) }],
  });
  expect(await refusal({ method: 'paketo' })).toMatchObject({ fields: [{ field: 'changes.method' }] });
}, 60_000);

test.each(['controller', 'worker', 'supervisor', 'api'])(
  'a what-if whose %s is killed in its middle ends as one, unpublished',
  async (victim) => {
    const accepted = await whatIf({ no_cache: true });
    await kiln.until(accepted.id, async () => (await kiln.log(accepted.id)).includes('first'));
    kiln.kill(victim);
    const one = await ended(accepted);
    expect(one).toMatchObject({ status: 'success', what_if: { of_build_id: recorded.id } });
    await expectUnpublished(one);
    await isStagingEmpty(one);
  },
  180_000,
);

test('what is left of all that is in order', async () => {
  const verified = await typed('verify', '--state', kiln.stateFolder);
  expect(verified).toMatchObject({ code: 0 });
}, 60_000);
