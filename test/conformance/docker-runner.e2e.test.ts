import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Build, BuildMetrics, BuildStep } from '../../src/contracts/builds.js';
import { FOLDER_LABEL } from '../../src/runners/docker/container-config.js';
import { hasEnded, startKiln, type TestKiln } from '../scenarios/kiln.js';
import { startDocker } from '../support/docker-engine.js';
import { dockerfileCase } from './dockerfile-case.js';
import type { BuildRequest, Work } from './method-case.js';

/* The methods that the runner docker offers, through the same workflow with the same demands as those of the runner local. */

const docker = await startDocker();

if (typeof docker === 'string') test.skip(`the runner docker is left out here: ${docker}`, () => undefined);
else {
  const SECRET = 'a-secret-of-the-runner-docker-3094';
  let kiln: TestKiln;
  let requestOf: (work: Work) => Promise<BuildRequest>;
  beforeAll(async () => {
    kiln = await startKiln({ KILN_RUNNER: 'docker', KILN_DOCKER_HOST: docker.address }, undefined, [
      ...['--slots', '4'],
    ]);
    await kiln.call('POST', '/v1/projects', { slug: 'docker' });
    await kiln.json('PUT', '/v1/secrets/docker-secret', { value: SECRET });
    requestOf = await dockerfileCase('buildx').prepare(kiln);
  }, 600_000);
  afterAll(async () => {
    await kiln?.stop();
    await docker.stop();
  }, 60_000);

  const start = async (work: Work, more: object = {}): Promise<Build> =>
    kiln.json('POST', '/v1/projects/docker/builds', { ...(await requestOf(work)), ...more });
  const ended = ({ id }: Build): Promise<Build> =>
    kiln.until(id, (build) => hasEnded(build) && build.log_complete);
  const asleep = ({ id }: Build): Promise<Build> =>
    kiln.until(id, async () => (await kiln.log(id)).includes('asleep\n'));
  const containers = async (): Promise<{ Id: string; Labels: Record<string, string> }[]> =>
    (await docker.call('GET', '/containers/json?all=true')).body as never;
  const containerOf = async ({ id }: Build) =>
    (await containers()).find(({ Labels }) => Labels[FOLDER_LABEL]?.includes(id));
  const workspaces = (): string[] =>
    readdirSync(join(kiln.stateFolder, 'supervisor', 'runs')).filter((run) =>
      existsSync(join(kiln.stateFolder, 'supervisor', 'runs', run, 'workspace')),
    );

  test('a build succeeds in a container, with steps, a masked secret and a digest that the registry serves', async () => {
    const script = 'echo hello from the step; cat "$SECRET_FILE"; echo; sleep 1';
    const running = await start({ script, secret: 'docker-secret' });
    await kiln.until(running.id, async () => (await containerOf(running)) !== undefined);
    const build = await ended(running);

    expect([build.status, build.result.failure_reason]).toEqual(['success', null]);
    const log = await kiln.log(build.id);
    expect(log).toContain('hello from the step\n***\n');
    expect(log).not.toContain(SECRET);
    const { items: steps } = await kiln.json<{ items: BuildStep[] }>('GET', `/v1/builds/${build.id}/steps`);
    expect(steps.map(({ status }) => status)).toEqual(steps.map(() => 'success'));
    const repository = /^[^/]+\/(.+):/.exec(build.destinations[0]!)![1];
    const served = await fetch(
      `http://${kiln.access.registry}/v2/${repository}/manifests/${build.result.output_image_digest}`,
      { headers: { accept: 'application/vnd.oci.image.manifest.v1+json' } },
    );
    expect(served.status).toBe(200);
    const metrics = await kiln.json<BuildMetrics>('GET', `/v1/builds/${build.id}/metrics`);
    expect(metrics.peak_memory_usage_mb).toBeGreaterThan(0);
    expect(await containerOf(build)).toBeUndefined();
  });

  test('a cache on the host is written and read, which takes more than buildctl', async () => {
    const { options } = await requestOf({ script: 'echo cached' });
    const name = 'type=local,name=main';
    const copied: string[] = [];
    for (const more of [{ cache_to: [name] }, { cache_from: [name] }]) {
      const build = await ended(await start({ script: '' }, { options: { ...options, ...more } }));
      expect([build.status, build.result.failure_reason]).toEqual(['success', null]);
      copied.push(await kiln.log(build.id));
    }
    expect(copied[0]).not.toContain('was not kept');
    expect(copied[1]).toMatch(/importing cache manifest from local/);
  });

  test('a failing step is told with its exit code and last lines', async () => {
    const { result } = await ended(await start({ script: 'echo about to fail && exit 7' }));
    expect(result).toMatchObject({
      ...{ failure_code: 'build_step_failed', failure_stage: 'build', exit_code: 7 },
      failure_last_lines: expect.arrayContaining(['about to fail']) as unknown,
    });
  });

  test('a step that needs more memory than its build was given ends as out of memory', async () => {
    const { result } = await ended(
      await start({ script: 'tail /dev/zero' }, { resources: { memory: '192MiB' } }),
    );
    expect(result.failure_code).toBe('out_of_memory');
  });

  test('worker and supervisor are killed in the middle of a step: the build goes on, its log whole', async () => {
    const running = await start({ script: 'echo asleep; sleep 3; echo awake' });
    await asleep(running);
    kiln.kill('worker');
    kiln.kill('supervisor');
    const build = await ended(running);
    expect([build.status, build.result.failure_reason, build.attempts]).toEqual(['success', null, 1]);
    expect(await kiln.log(build.id)).toMatch(/asleep\n[^]*awake\n/);
  });

  test('a container that is killed loses its attempt and no more: the next one succeeds', async () => {
    const running = await start({ script: 'echo asleep; sleep 2' });
    await asleep(running);
    await docker.call('DELETE', `/containers/${(await containerOf(running))!.Id}?force=true`);
    const build = await ended(running);
    expect([build.status, build.attempts]).toEqual(['success', 2]);
  });

  test('a cancel ends the container, also with a supervisor that is killed meanwhile, and leaves nothing', async () => {
    const running = await start({ script: 'echo asleep; sleep 300' });
    await asleep(running);
    await kiln.json('POST', `/v1/builds/${running.id}/cancel`);
    kiln.kill('supervisor');
    expect((await kiln.until(running.id, hasEnded)).status).toBe('cancelled');
    for (let tries = 0; tries < 200 && (await containers()).length + workspaces().length > 0; tries++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect([await containers(), workspaces()]).toEqual([[], []]);
  });

  test('methods that start containers themselves are not offered', async () => {
    const { methods } = await kiln
      .query<{ methods: string[] }>('SELECT methods FROM build_workers')
      .then(([worker]) => worker!);
    expect(methods).toEqual(['buildx']);
  });
}
