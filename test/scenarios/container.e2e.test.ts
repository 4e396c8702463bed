import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Build, BuildStep } from '../../src/contracts/builds.js';
import { hasEnded, startKiln, type TestKiln } from './kiln.js';
import { buildIgnoring } from './pinned-dockerfile.js';
import { forgeMaterials } from '../support/forged-materials.js';
import { servedDigest } from '../support/served-digest.js';

/** The method container needs root; where there is none the host does not offer it, which the last test looks at. */
const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? test : test.skip;

const SECRET = 'a-secret-of-the-method-container-4711';

let kiln: TestKiln;
beforeAll(async () => {
  kiln = await startKiln();
  await kiln.call('POST', '/v1/projects', { slug: 'scenario' });
  await kiln.json('PUT', '/v1/secrets/container-token', { value: SECRET });
}, 600_000);
afterAll(async () => {
  await kiln.stop();
}, 60_000);

const start = (dockerfile: string, options: Record<string, unknown> = {}): Promise<Build> =>
  kiln.json<Build>('POST', '/v1/projects/scenario/builds', {
    method: 'container',
    source: { kind: 'inline' },
    options: { dockerfile_inline: dockerfile, ...options },
  });
const finish = async (dockerfile: string, options: Record<string, unknown> = {}): Promise<Build> => {
  const { id } = await start(dockerfile, options);
  return kiln.until(id, (build) => hasEnded(build) && build.log_complete);
};
const stepsOf = async (build: Build): Promise<BuildStep[]> =>
  (await kiln.json<{ items: BuildStep[] }>('GET', `/v1/builds/${build.id}/steps`)).items;

/** What is mounted below the state folder, or over the folder that buildah would share with others. */
const mounts = (): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter(
      (line) => line.includes(`${kiln.stateFolder}/supervisor`) || line.includes(' /var/lib/containers '),
    );
/** Processes of this Kiln's method container. */
const builders = (): string[] =>
  execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(`${kiln.stateFolder}/supervisor/storage/container`));
const storageFolder = (): string => {
  const folder = join(kiln.stateFolder, 'supervisor/storage/container');
  return join(folder, readdirSync(folder)[0]!);
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
    const first = await finish(dockerfile, { build_args: { WHO: 'kiln' } });
    expect(first.result.failure_reason ?? '').toBe('');
    expect(first.status).toBe('success');
    expect(await servedDigest(first.destinations[0]!)).toBe(first.result.output_image_digest);
    expect(await kiln.log(first.id)).toContain('hello kiln');
    const again = await finish(dockerfile, { build_args: { WHO: 'kiln' } });
    const run = (await stepsOf(again)).find((step) => step.instruction_type === 'RUN');
    expect(run).toMatchObject({
      step_name: expect.stringMatching(/^\[made 3\/3\] RUN/),
      status: 'success',
      cached: true,
    });
    const [config] = await kiln.query(
      'SELECT build_method, build_args, cache_enabled FROM build_configs WHERE build_id = $1',
      [again.id],
    );
    expect(config).toEqual({ build_method: 'container', build_args: { WHO: 'kiln' }, cache_enabled: true });
    const [metrics] = await kiln.query('SELECT peak_memory_usage_mb FROM build_metrics WHERE build_id = $1', [
      again.id,
    ]);
    expect(Number(metrics?.['peak_memory_usage_mb'])).toBeGreaterThan(10);
  },
  120_000,
);

asRoot(
  'the signed base image is the one that was built upon, whatever a step prints and wherever the tag points meanwhile',
  async () => {
    const { signed, expected } = await forgeMaterials(kiln, 'container');
    expect(signed).toEqual(expected);
  },
  120_000,
);

asRoot(
  'a Dockerfile keeps its ignore file and its place in the source although its images are given by digest',
  async () => {
    const build = await buildIgnoring(kiln, 'container');
    expect([build.status, build.result.failure_reason]).toEqual(['success', null]);
  },
  60_000,
);

asRoot(
  'a step reaches neither ports of this machine nor its files, also when it asks for the network of the host',
  async () => {
    const secretFile = join(kiln.stateFolder, 'host-file');
    writeFileSync(secretFile, 'of the host');
    const port = new URL(kiln.access.api_url).port;
    const dockerfile = [
      `FROM ${kiln.baseImage}`,
      // That the probe can succeed at all.
      'RUN (nc -l -p 7777 < /dev/null & sleep 0.3; nc -w 2 127.0.0.1 7777 < /dev/null)',
      `RUN ! nc -w 2 127.0.0.1 ${port} < /dev/null && ! cat ${secretFile}`,
      `RUN ! nc -w 2 169.254.169.254 80 < /dev/null`,
      'RUN test "$(ls /proc | grep -c "^[0-9]")" -lt 10 && ! test -e /var/run/docker.sock',
      // Its root is nobody on the host.
      'RUN test "$(id -u)" = 0 && ! grep -q "^ *0 *0 " /proc/self/uid_map',
    ].join('\n');
    // What the check of the Dockerfile sees is refused; this it does not see.
    const hidden = [
      `FROM ${kiln.baseImage} AS ${process.arch === 'x64' ? 'amd64' : process.arch}`,
      `RUN --network=host echo asked && ! nc -w 2 127.0.0.1 ${port} < /dev/null`,
      'FROM $TARGETARCH',
    ].join('\n');
    const builds = await Promise.all([finish(dockerfile), finish(hidden)]);
    for (const build of builds)
      expect([build.status, build.result.failure_reason]).toEqual(['success', null]);
    expect(await kiln.log(builds[1].id)).toContain('asked\n');
  },
  60_000,
);

asRoot(
  'owners of files are those that the steps name, in the image too, and cache mounts and stages are read as ever',
  async () => {
    const first = await finish(
      [
        `FROM ${kiln.baseImage} AS made`,
        'RUN echo made > /made && chmod 600 /made && chown 1000:1001 /made',
        `FROM ${kiln.baseImage}`,
        'COPY --from=made /made /made',
        'COPY --from=made --chown=7:8 /made /seven',
        'RUN --mount=type=bind,from=made,target=/stage cat /stage/made',
        'RUN --mount=type=cache,target=/cache echo kept >> /cache/file && cat /cache/file',
        'USER 1000:1001',
        'RUN cat /made && ! touch /not-mine 2> /dev/null',
      ].join('\n'),
    );
    expect(first.result.failure_reason).toBeNull();

    const look = `FROM ${first.destinations[0]}\nUSER 0\nRUN stat -c '%u:%g %n' / /made /seven`;
    const [mapped, plain] = await Promise.all([start(look), kiln.build(look)]);

    for (const { id } of [mapped, plain])
      await kiln.until(id, (build) => hasEnded(build) && build.log_complete);
    for (const { id } of [mapped, plain])
      expect(await kiln.log(id)).toMatch(/^0:0 \/\n1000:1001 \/made\n7:8 \/seven$/m);
  },
  90_000,
);

asRoot(
  'a step changes none of its control groups, so that it cannot freeze itself',
  async () => {
    const build = await finish(
      [
        `FROM ${kiln.baseImage}`,
        // What is not there cannot be changed either.
        'RUN grep -q " /sys/fs/cgroup" /proc/mounts',
        'RUN for file in $(find /sys/fs/cgroup -name freezer.state -o -name cgroup.freeze -o -name cgroup.procs); do ! (echo 0 > "$file") 2> /dev/null || exit 1; done',
        'RUN for file in $(find /sys/fs/cgroup -name cgroup.procs); do ! mkdir "${file%/*}/made" 2> /dev/null || exit 1; done',
        'RUN ! mount -o remount,rw /sys/fs/cgroup 2> /dev/null',
      ].join('\n'),
    );
    expect([build.status, build.result.failure_reason]).toEqual(['success', null]);
  },
  60_000,
);

asRoot(
  'a step makes no namespace of users, and a program that starts others works',
  async () => {
    const build = await finish(
      [
        `FROM ${kiln.baseImage}`,
        'RUN ! unshare -U true 2> /dev/null && ! unshare -U -r -m sh -c "mount -t tmpfs none /home" 2> /dev/null',
        'RUN sh -c "echo started | cat" | grep started && chown 1:1 /home && chroot / true',
      ].join('\n'),
    );
    expect([build.status, build.result.failure_reason]).toEqual(['success', null]);
  },
  60_000,
);

asRoot(
  'a secret is read by the step that asks for it, and is in neither image, log nor storage',
  async () => {
    const build = await finish(
      `FROM ${kiln.baseImage}\nRUN --mount=type=secret,id=token cat /run/secrets/token && test -s /run/secrets/token\nRUN ! cat /run/secrets/token`,
      { secrets: [{ id: 'token', name: 'container-token' }] },
    );
    expect([build.status, build.result.failure_reason]).toEqual(['success', null]);
    expect(await kiln.log(build.id)).toContain('***');
    expect(await kiln.log(build.id)).not.toContain(SECRET);
    // grep ends with 1 when it finds nothing.
    expect(() => execFileSync('grep', ['-rqF', SECRET, storageFolder()])).toThrow(/Command failed/);
  },
  60_000,
);

asRoot(
  'a cancelled build leaves no process, no mount, no container and no secret',
  async () => {
    const { id } = await start(
      `FROM ${kiln.baseImage}\nRUN --mount=type=secret,id=token echo asleep; sleep 300`,
      { secrets: [{ id: 'token', name: 'container-token' }] },
    );
    await kiln.until(id, async () => (await kiln.log(id)).includes('asleep\n'));
    expect(builders()).not.toEqual([]);
    await kiln.json('POST', `/v1/builds/${id}/cancel`);
    const build = await kiln.until(id, hasEnded);
    expect(build.result.status).toBe('cancelled');
    expect(builders()).toEqual([]);
    expect(mounts()).toEqual([]);
    const containers = join(storageFolder(), 'root/overlay-containers');
    expect(readdirSync(containers).filter((name) => !name.includes('.'))).toEqual([]);
    const groups = '/sys/fs/cgroup/pids';
    const left = existsSync(groups) ? readdirSync(groups).filter((name) => name.startsWith('buildah-')) : [];
    expect(left).toEqual([]);
  },
  60_000,
);

(isRoot ? test.skip : test)('without root the method is refused with what to do', async () => {
  await expect(start(`FROM ${kiln.baseImage}`)).rejects.toThrow(/method_not_offered.*kiln doctor/s);
});
