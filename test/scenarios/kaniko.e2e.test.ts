import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Build, BuildStep } from '../../src/contracts/builds.js';
import { hasEnded, startKiln, type TestKiln } from './kiln.js';
import { buildIgnoring } from './pinned-dockerfile.js';
import { forgeMaterials } from '../support/forged-materials.js';
import { servedDigest } from '../support/served-digest.js';
import { type CommandLine, commandLines } from '../support/command-lines.js';
import { processesOfRuns } from '../support/own-processes.js';

/** The method kaniko needs root; where there is none the host does not offer it, which the last test looks at. */
const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? test : test.skip;

let kiln: TestKiln;
beforeAll(async () => {
  kiln = await startKiln();
  await kiln.call('POST', '/v1/projects', { slug: 'scenario', trust: 'trusted' });
}, 600_000);
afterAll(async () => {
  await kiln.stop();
}, 60_000);

const start = (dockerfile: string, options: Record<string, unknown> = {}): Promise<Build> =>
  kiln.json<Build>('POST', '/v1/projects/scenario/builds', {
    method: 'kaniko',
    source: { kind: 'inline' },
    options: { dockerfile_inline: dockerfile, ...options },
  });
const finish = async (dockerfile: string, options: Record<string, unknown> = {}): Promise<Build> => {
  const { id } = await start(dockerfile, options);
  return kiln.until(id, (build) => hasEnded(build) && build.log_complete);
};

/** Processes of this Kiln's method kaniko, but for those that wait for a run: runc, and the executor, which pushes to its registry. */
const builders = (): CommandLine[] =>
  commandLines().filter(
    ({ args }) =>
      /kaniko/.test(args) &&
      !args.includes(' --ahead ') &&
      (args.includes(`${kiln.stateFolder}/supervisor`) ||
        args.includes(`--destination ${kiln.access.registry}`)),
  );
const mounts = (): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(`${kiln.stateFolder}/supervisor`));
const workspaces = (): string[] => {
  const runs = join(kiln.stateFolder, 'supervisor/runs');
  return readdirSync(runs).filter((run) => readdirSync(join(runs, run)).includes('workspace'));
};

asRoot(
  'an image is built, served under its digest, and its steps come from the cache the next time',
  async () => {
    const dockerfile = [
      `FROM ${kiln.baseImage} AS made`,
      'ARG WHO=world',
      'RUN echo "hello $WHO" > /greeting && cat /greeting',
      `FROM ${kiln.baseImage}`,
      'COPY --from=made /greeting /greeting',
    ].join('\n');
    const options = { build_args: { WHO: 'kiln' }, cache_repo: `${kiln.access.registry}/scenario/cache` };
    const first = await finish(dockerfile, options);
    expect([first.status, first.result.failure_reason]).toEqual(['success', null]);
    expect(await servedDigest(first.destinations[0]!)).toBe(first.result.output_image_digest);
    expect(await kiln.log(first.id)).toContain('hello kiln');
    const again = await finish(dockerfile, options);
    expect([again.status, again.result.failure_reason]).toEqual(['success', null]);
    const { items } = await kiln.json<{ items: BuildStep[] }>('GET', `/v1/builds/${again.id}/steps`);
    expect(items.filter((step) => step.cached).map((step) => step.instruction_type)).toEqual(['RUN', 'COPY']);
    const [config] = await kiln.query(
      'SELECT build_method, cache_repo, build_args FROM build_configs WHERE build_id = $1',
      [again.id],
    );
    expect(config).toEqual({ build_method: 'kaniko', ...options });
    expect(builders()).toEqual([]);
    expect(workspaces()).toEqual([]);
  },
  120_000,
);

asRoot(
  'a stage that stands on a cached one has its files the next time',
  async () => {
    const dockerfile = [
      `FROM ${kiln.baseImage} AS made`,
      'WORKDIR /src',
      'RUN mkdir -p /out && echo "echo made" > /out/hello',
      'RUN mkdir -p /workspace && touch /workspace/kept',
      'FROM made AS tested',
      'RUN test "$(sh /out/hello)" = made && test -e /workspace/kept',
      `FROM ${kiln.baseImage}`,
      'COPY --from=tested /out/ /app/',
      'RUN /bin/sh /app/hello',
    ].join('\n');
    const options = { cache_repo: `${kiln.access.registry}/scenario/stages` };
    for (let round = 0; round < 2; round += 1) {
      const build = await finish(dockerfile, options);
      expect([build.status, build.result.failure_reason]).toEqual(['success', null]);
    }
  },
  120_000,
);

asRoot(
  'the signed base image is the one that was built upon, whatever a step prints and wherever the tag points meanwhile',
  async () => {
    const { signed, expected } = await forgeMaterials(kiln, 'kaniko');
    expect(signed).toEqual(expected);
  },
  120_000,
);

asRoot(
  'a Dockerfile keeps its ignore file and its place in the source although its images are given by digest',
  async () => {
    const build = await buildIgnoring(kiln, 'kaniko');
    expect([build.status, build.result.failure_reason]).toEqual(['success', null]);
  },
  60_000,
);

asRoot(
  'a step reaches neither the ports of the platform nor files of the host or of other builds',
  async () => {
    const hostFile = join(kiln.stateFolder, 'host-file');
    writeFileSync(hostFile, 'of the host');
    const port = new URL(kiln.access.api_url).port;
    const [registryHost, registryPort] = kiln.access.registry.split(':');
    const dockerfile = [
      `FROM ${kiln.baseImage}`,
      `RUN ! nc -w 2 127.0.0.1 ${port} < /dev/null && ! nc -w 2 169.254.169.254 80 < /dev/null`,
      // That the probe can succeed at all: the registry of the build is its one way out.
      `RUN nc -w 2 ${registryHost} ${registryPort} < /dev/null`,
      `RUN ! cat ${hostFile} && ! ls ${kiln.stateFolder} && ! test -e /var/run/docker.sock`,
      'RUN test "$(ls /proc | grep -c "^[0-9]")" -lt 10 && ! mount -t tmpfs none /tmp && ! unshare -U true',
    ].join('\n');
    const build = await finish(dockerfile);
    expect([build.status, build.result.failure_reason]).toEqual(['success', null]);
  },
  60_000,
);

asRoot(
  'a killed launcher takes everything with it, and the build ends',
  async () => {
    const { id } = await start(`FROM ${kiln.baseImage}\nRUN echo asleep; sleep 300`);
    await kiln.until(id, async () => (await kiln.log(id)).includes('asleep\n'));
    const launchers = processesOfRuns(kiln.stateFolder).filter(({ args }) =>
      /^\S*node\S* \S*launcher\.js/.test(args),
    );
    expect(launchers).not.toEqual([]);
    for (const { pid } of launchers) process.kill(pid, 'SIGKILL');
    const build = await kiln.until(id, hasEnded);
    expect(build.result.failure_code).toBe('engine_failed');
    expect(builders()).toEqual([]);
    expect(mounts()).toEqual([]);
    expect(workspaces()).toEqual([]);
  },
  60_000,
);

(isRoot ? test.skip : test)('without root the method is refused with what to do', async () => {
  await expect(start(`FROM ${kiln.baseImage}`)).rejects.toThrow(/method_not_offered.*kiln doctor/s);
});

asRoot('a trusted project does not get the network of a host whose operator has not allowed it', async () => {
  const answer = await kiln.call('POST', '/v1/projects/scenario/builds', {
    ...{ method: 'kaniko', source: { kind: 'inline' }, resources: { network: 'host' } },
    options: { dockerfile_inline: `FROM ${kiln.baseImage}` },
  });
  expect(await answer.json()).toMatchObject({
    code: 'network_not_offered',
    fields: [{ field: 'resources.network', message: expect.stringContaining('KILN_HOST_NETWORK=true') }],
  });
});
