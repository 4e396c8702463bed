import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Attempt, Build, BuildMetrics, BuildStep } from '../../src/contracts/builds.js';
import { TRUST_LEVELS } from '../../src/domain/builds/trust.js';
import { METHOD_NAMES, METHODS as BUILD_METHODS } from '../../src/engines/methods.js';
import { FOLDER_LABEL } from '../../src/runners/docker/container-config.js';
import { hasEnded, startKiln, type TestKiln } from '../scenarios/kiln.js';
import { startDocker } from '../support/docker-engine.js';
import type { RealRegistry } from '../support/real-registry.js';
import { servedDigest } from '../support/served-digest.js';
import { startClosedRegistry } from './closed-registry.js';
import { fingerprints, HOST_FOLDERS } from './fingerprint.js';
import { isolationProbes } from './isolation-probes.js';
import type { BuildRequest, MethodCase, Work } from './method-case.js';
import { METHOD_CASES } from './methods.js';
import { remainsOf } from './remains-of.js';
import { sideBySide } from './side-by-side.js';

/* Every method on the runner docker, through the same workflow with the same demands as on the runner local. */

const docker = await startDocker();

if (typeof docker === 'string') test.skip(`the runner docker is left out here: ${docker}`, () => undefined);
else {
  const SECRET = 'a-secret-of-the-runner-docker-3094';
  const SOCKET = docker.address.slice('unix://'.length);
  let kiln: TestKiln;
  let closed: RealRegistry;
  const requests = new Map<string, (work: Work) => Promise<BuildRequest>>();
  beforeAll(async () => {
    closed = await startClosedRegistry();
    const settings = {
      // Five builds at once keep the machine busy when their supervisor is started again.
      KILN_LEASE_TTL_MS: '30000',
      KILN_RUNNER: 'docker',
      KILN_DOCKER_HOST: docker.address,
      KILN_ALLOWED_NETWORKS: '127.0.0.0/8',
    };
    kiln = await startKiln(settings, undefined, ['--slots', String(METHOD_CASES.length)]);
    for (const trust of TRUST_LEVELS)
      await kiln.json('POST', '/v1/projects', { slug: `docker-${trust}`, trust });
    await kiln.json('POST', '/v1/projects', { slug: 'timed-untrusted' });
    await kiln.json('PATCH', '/v1/limits?project=timed-untrusted', { step_timeout_seconds: 2 });
    await kiln.json('PUT', '/v1/secrets/docker-secret', { value: SECRET });
    for (const one of METHOD_CASES) requests.set(one.method, await one.prepare(kiln));
  }, 600_000);
  afterAll(async () => {
    closed?.stop();
    await kiln?.stop();
    await docker.stop();
  }, 60_000);

  const METHODS = METHOD_CASES.map(({ method }) => method);
  const start = async (
    { method }: Pick<MethodCase, 'method'>,
    work: Work,
    more: { readonly options?: object; readonly body?: object; readonly project?: string } = {},
  ): Promise<Build> => {
    const request = await requests.get(method)!(work);
    const options = { ...request.options, ...more.options };
    // A method that closes nothing in builds trusted projects only; all others are judged as they are by default.
    const trust = BUILD_METHODS[method]?.isForTrusted === true ? 'trusted' : 'untrusted';
    const project = `${more.project ?? 'docker'}-${trust}`;
    return kiln.json('POST', `/v1/projects/${project}/builds`, { ...request, options, ...more.body });
  };
  const ended = ({ id }: Build): Promise<Build> =>
    kiln.until(id, (build) => hasEnded(build) && build.log_complete, 120_000);
  const asleep = ({ id }: Build): Promise<Build> =>
    kiln.until(id, async () => (await kiln.log(id)).includes('asleep\n'));
  const containers = async (): Promise<{ Id: string; Labels: Record<string, string> }[]> =>
    (await docker.call('GET', '/containers/json?all=true')).body as never;
  const containerOf = async ({ id }: Build) =>
    (await containers()).find(({ Labels }) => Labels[FOLDER_LABEL]?.includes(id));
  const stepsOf = async ({ id }: Build): Promise<BuildStep[]> =>
    (await kiln.json<{ items: BuildStep[] }>('GET', `/v1/builds/${id}/steps`)).items;
  /** What is left of builds: containers, mounts, processes, workspaces, control groups. */
  const remains = async (): Promise<string[]> => [
    ...(await containers()).map(({ Id }) => Id),
    ...remainsOf(kiln.stateFolder),
  ];

  test('every method is offered', async () => {
    const [worker] = await kiln.query<{ methods: string[] }>('SELECT methods FROM build_workers');
    expect(worker!.methods.sort()).toEqual([...METHOD_NAMES].sort());
    expect([...METHODS].sort()).toEqual([...METHOD_NAMES].sort());
  });

  describe('a success', () => {
    let before: Record<string, string>;
    const seen = sideBySide(METHOD_CASES, async (cases) => {
      before = fingerprints(HOST_FOLDERS);
      writeFileSync(join(kiln.stateFolder, 'of-the-host'), 'of the host');
      const probes = `${isolationProbes(kiln, [SOCKET])} && echo hello from the step`;
      const builds = await Promise.all(
        cases.map((one) =>
          one.refusesSecrets === null
            ? start(one, { script: `${probes}; cat "$SECRET_FILE"; echo`, secret: 'docker-secret' })
            : start(one, { script: probes }),
        ),
      );
      await Promise.all(
        builds.map(({ id }, index) =>
          kiln.until(id, async () => (await containerOf(builds[index]!)) !== undefined),
        ),
      );
      return Promise.all(builds.map(ended));
    });

    test.each(METHODS)('%s: a step reaches nothing of the host or the engine that runs it', (method) => {
      const { status, result } = seen(method);
      expect([status, result.failure_reason]).toEqual(['success', null]);
    });
    test.each(METHODS)('%s: the registry serves the digest of the record', async (method) => {
      const { result, destinations } = seen(method);
      expect(result.output_image_digest).toMatch(/^sha256:/);
      expect(await servedDigest(destinations[0]!)).toBe(result.output_image_digest);
    });
    test.each(METHODS)('%s: steps are told, secrets masked, and memory is measured', async (method) => {
      const build = seen(method);
      const steps = await stepsOf(build);
      expect(steps.map(({ status }) => status)).toEqual(steps.map(() => 'success'));
      const log = await kiln.log(build.id);
      const isGiven = METHOD_CASES.find((one) => one.method === method)!.refusesSecrets === null;
      expect(log).toContain('hello from the step\n');
      // What the step says of its probes is another stream, and may come in between.
      if (isGiven) expect(log).toContain('\n***\n');
      expect(log).not.toContain(SECRET);
      const metrics = await kiln.json<BuildMetrics>('GET', `/v1/builds/${build.id}/metrics`);
      expect(metrics.peak_memory_usage_mb).toBeGreaterThan(0);
    });
    test('the host, the checkout and files beside the workspaces are what they were', () => {
      expect(readFileSync(join(kiln.stateFolder, 'of-the-host'), 'utf8')).toBe('of the host');
      expect(existsSync('/etc/kiln-was-here')).toBe(false);
      expect(fingerprints(HOST_FOLDERS)).toEqual(before);
    });
  });

  describe('a failure', () => {
    const fails = { script: 'echo about to fail && exit 7' };
    const lacks = { script: 'true', missingFile: 'no-such-file' };
    const seen = sideBySide(METHOD_CASES, (cases) => {
      const destinations = [`${closed.host}/conformance/kaniko:1`];
      const started: Record<string, Promise<Build>> = {
        buildx: start({ method: 'buildx' }, fails),
        packer: start({ method: 'packer' }, fails),
        container: start({ method: 'container' }, lacks),
        kaniko: start({ method: 'kaniko' }, { script: 'true' }, { body: { destinations } }),
        paketo: start({ method: 'paketo' }, { script: 'sleep 300' }, { project: 'timed' }),
      };
      return Promise.all(cases.map(async ({ method }) => ended(await started[method]!)));
    });
    test.each(['buildx', 'packer'])('%s: a step is told with its exit code and last lines', (method) => {
      expect(seen(method).result).toMatchObject({
        ...{ failure_code: 'build_step_failed', failure_stage: 'build', exit_code: 7 },
        failure_last_lines: expect.arrayContaining(['about to fail']) as unknown,
      });
    });
    test('container: a missing file is named, and no retry is promised', () => {
      const { result } = seen('container');
      expect(result).toMatchObject({ status: 'failed', retryable: false });
      expect(result.failure_reason).toContain('no-such-file');
    });
    test('kaniko: a registry that lets nobody write is named, in the phase push', () => {
      const { result } = seen('kaniko');
      expect(result).toMatchObject({ status: 'failed', failure_stage: 'push' });
      expect(result.failure_reason).toContain(closed.host);
    });
    test('paketo: a step that takes too long has the result timeout', () => {
      expect(seen('paketo').result).toMatchObject({ status: 'timeout', failure_code: 'step_timeout' });
    });
  });

  describe('a step that needs more memory than its build was given', () => {
    const seen = sideBySide(METHOD_CASES, (cases) =>
      Promise.all(
        cases.map(async (one) =>
          ended(
            await start(one, { script: 'tail /dev/zero' }, { body: { resources: { memory: '192MiB' } } }),
          ),
        ),
      ),
    );
    test.each(METHODS)('%s: ends as out of memory', (method) => {
      expect(seen(method).result.failure_code).toBe('out_of_memory');
    });
  });

  test('container: a step that starts more processes than its build was given ends as that', async () => {
    const script = 'for i in $(seq 200); do sleep 5 & done; wait';
    const body = { resources: { pids: 120 } };
    const { result } = await ended(await start({ method: 'container' }, { script }, { body }));
    expect(result.failure_code).toBe('too_many_processes');
  });

  describe('worker and supervisor are killed in the middle of a step', () => {
    const seen = sideBySide(METHOD_CASES, async (cases) => {
      const builds = await Promise.all(
        cases.map((one) => start(one, { script: 'echo asleep; sleep 4; echo awake' })),
      );
      await Promise.all(builds.map(asleep));
      kiln.kill('worker');
      kiln.kill('supervisor');
      return Promise.all(builds.map(ended));
    });
    test.each(METHODS)('%s: the build goes on in the same attempt, its log whole', async (method) => {
      const build = seen(method);
      const { items } = await kiln.json<{ items: Attempt[] }>('GET', `/v1/builds/${build.id}/attempts`);
      const ends = items.map(({ ended_reason: why }) => why);
      expect([build.status, build.result.failure_reason, ends]).toEqual(['success', null, ['succeeded']]);
      expect(await kiln.log(build.id)).toMatch(/asleep\n[^]*awake\n/);
    });
  });

  test('a container that is killed loses its attempt and no more: the next one succeeds', async () => {
    const running = await start({ method: 'kaniko' }, { script: 'echo asleep; sleep 3' });
    await asleep(running);
    await docker.call('DELETE', `/containers/${(await containerOf(running))!.Id}?force=true`);
    const { status, attempts } = await ended(running);
    expect([status, attempts]).toEqual(['success', 2]);
  });

  test('builds lose their attempts with a Docker engine that is killed, and the next ones succeed', async () => {
    // Each attempt is given the secret as it is then: only the first ones sleep, however long it takes to kill the engine.
    const secret = 'docker-attempt';
    const say = (value: string) => kiln.json('PUT', `/v1/secrets/${secret}`, { value });
    await say('sleep-in-this-attempt');
    const script = 'if grep -q sleep "$SECRET_FILE"; then echo asleep; sleep 300; fi';
    const builds = await Promise.all(
      ['container', 'packer'].map((method) => start({ method }, { script, secret })),
    );
    await Promise.all(builds.map(asleep));
    await say('go-on-in-this-attempt');
    await docker.crash();
    const over = await Promise.all(builds.map(ended));
    expect(over.map(({ status, attempts }) => [status, attempts])).toEqual([
      ['success', 2],
      ['success', 2],
    ]);
  }, 120_000);

  describe('a cancel, with a supervisor that is killed while it cleans up', () => {
    const seen = sideBySide(METHOD_CASES, async (cases) => {
      const builds = await Promise.all(cases.map((one) => start(one, { script: 'echo asleep; sleep 300' })));
      await Promise.all(builds.map(asleep));
      await Promise.all(builds.map(({ id }) => kiln.json('POST', `/v1/builds/${id}/cancel`)));
      kiln.kill('supervisor');
      return Promise.all(builds.map(({ id }) => kiln.until(id, hasEnded)));
    });
    test.each(METHODS)('%s: the build is cancelled and nothing is published', async (method) => {
      const { status, destinations } = seen(method);
      expect(status).toBe('cancelled');
      expect(await servedDigest(destinations[0]!)).toBeNull();
    });
    test('no container, process, mount, workspace or control group is left', async () => {
      for (let tries = 0; tries < 200 && (await remains()).length > 0; tries++)
        await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await remains()).toEqual([]);
    });
  });

  test.each(['container', 'paketo'])('%s: the second build finds what the first has kept', async (method) => {
    const builds: Build[] = [];
    for (const script of ['echo kept', 'echo kept'])
      builds.push(await ended(await start({ method }, { script })));
    expect(builds.map(({ status, result }) => [status, result.failure_reason])).toEqual([
      ['success', null],
      ['success', null],
    ]);
    expect((await stepsOf(builds[1]!)).some(({ cached }) => cached)).toBe(true);
  });

  test('buildx: a cache on the host is written and read, which takes more than buildctl', async () => {
    const name = 'type=local,name=main';
    const copied: string[] = [];
    for (const options of [{ cache_to: [name] }, { cache_from: [name] }]) {
      const build = await ended(await start({ method: 'buildx' }, { script: 'echo cached' }, { options }));
      expect([build.status, build.result.failure_reason]).toEqual(['success', null]);
      copied.push(await kiln.log(build.id));
    }
    expect(copied[0]).not.toContain('was not kept');
    expect(copied[1]).toMatch(/importing cache manifest from local/);
  });
}
