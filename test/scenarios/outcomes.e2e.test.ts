import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Build, BuildLayer, BuildMetrics, BuildStep, BuildWarning } from '../../src/contracts/builds.js';
import { hasEnded, startKiln, type TestKiln } from './kiln.js';

// The builds of all tests but the first run at once, also on a machine that has other things to do.
vi.setConfig({ testTimeout: 240_000 });

let kiln: TestKiln;
beforeAll(async () => {
  kiln = await startKiln({ KILN_ALLOWED_NETWORKS: '127.0.0.0/8' }, undefined, ['--slots', '5']);
}, 300_000);
afterAll(async () => {
  await kiln.stop();
}, 60_000);

const finish = async (dockerfile: string, options: Record<string, unknown> = {}): Promise<Build> => {
  const { id } = await kiln.build(dockerfile, options);
  return kiln.until(id, (build) => hasEnded(build) && build.log_complete, 180_000);
};
const list = async <Item>(build: Build, what: string): Promise<Item[]> =>
  (await kiln.json<{ items: Item[] }>('GET', `/v1/builds/${build.id}/${what}`)).items;

const example = (): string =>
  [
    `FROM ${kiln.baseImage} AS made`,
    'ARG WHO=world',
    'RUN echo "hello $WHO" > /greeting && cat /greeting',
    `FROM ${kiln.baseImage}`,
    'COPY --from=made /greeting /greeting',
    'ENV LANG=C.UTF-8',
    'ENTRYPOINT ["cat", "/greeting"]',
  ].join('\n');

interface Manifest {
  config: { digest: string; size: number };
  layers: { digest: string; size: number }[];
}

/** The manifest as the registry serves it under the tag. */
const served = async (reference: string): Promise<{ digest: string; manifest: Manifest }> => {
  const [, host, repository, tag] = /^([^/]+)\/(.+):([^:/]+)$/.exec(reference)!;
  const answer = await fetch(`http://${host}/v2/${repository}/manifests/${tag}`, {
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
  return {
    digest: answer.headers.get('docker-content-digest')!,
    manifest: (await answer.json()) as Manifest,
  };
};

test('every record of a success agrees with what the registry serves', async () => {
  const build = await finish(example());
  expect(build.status).toBe('success');
  for (const destination of build.destinations) {
    expect((await served(destination)).digest).toBe(build.result.output_image_digest);
  }
  const { manifest } = await served(build.destinations[0]!);
  const layers = await list<BuildLayer>(build, 'layers');
  expect(layers.map((layer) => [layer.layer_digest, layer.layer_size_bytes])).toEqual(
    manifest.layers.map((layer) => [layer.digest, layer.size]),
  );
  const metrics = await kiln.json<BuildMetrics>('GET', `/v1/builds/${build.id}/metrics`);
  expect(metrics.total_layers).toBe(manifest.layers.length);
  expect(metrics.new_layers! + metrics.reused_layers!).toBe(manifest.layers.length);
  const [image] = await kiln.query<Record<string, unknown>>(
    'SELECT docker_config_digest, docker_manifest_digest, entrypoint, total_layer_count FROM image_metadata WHERE image_id = $1',
    [build.image_id],
  );
  expect(image).toEqual({
    docker_config_digest: manifest.config.digest,
    docker_manifest_digest: build.result.output_image_digest,
    entrypoint: ['cat', '/greeting'],
    total_layer_count: manifest.layers.length,
  });
  const bases = await kiln.query(
    `SELECT DISTINCT base_image_name || ':' || base_image_tag AS base FROM image_layers WHERE image_id = $1 AND is_base_layer`,
    [build.image_id],
  );
  expect(bases).toEqual([{ base: kiln.baseImage }]);
});

// First of all, for publishing is tried for three quarters of a minute.
test.concurrent('a destination registry that does not answer fails the push and names the registry', async () => {
  const { id } = await kiln.json<Build>('POST', '/v1/projects/scenario/builds', {
    source: { kind: 'inline' },
    options: { dockerfile_inline: `FROM ${kiln.baseImage}\nRUN true` },
    destinations: ['127.0.0.1:1/nowhere:latest'],
  });
  const build = await kiln.until(id, hasEnded, 180_000);
  expect(build.result).toMatchObject({
    status: 'failed',
    failure_stage: 'push',
    failure_code: 'registry_unreachable',
    retryable: true,
  });
  expect(build.result.failure_reason).toContain('127.0.0.1:1');
});

test.concurrent('what hadolint and BuildKit say of the Dockerfile is kept with the build, and fails nothing', async () => {
  const build = await finish(`FROM ${kiln.baseImage}\nRUN cd /tmp\nCMD echo hello\n`);
  expect(build.status).toBe('success');
  const warnings = await list<BuildWarning>(build, 'warnings');
  expect(build.result.warning_count).toBe(warnings.length);
  expect(warnings).toMatchObject([
    { found_by: 'hadolint', rule: 'DL3003', line_number: 2, column_number: 1 },
    { found_by: 'hadolint', rule: 'SC2164', line_number: 2 },
    { found_by: 'buildkit', rule: 'JSONArgsRecommended', line_number: 3 },
    { found_by: 'hadolint', rule: 'DL3025', line_number: 3 },
  ]);
});

test.concurrent('steps carry instruction, output, times and the layer they made; a second build shows them as cached', async () => {
  await finish(example());
  const again = await finish(example());
  const steps = await list<BuildStep>(again, 'steps');
  const run = steps.find((step) => step.instruction_type === 'RUN')!;
  expect(run).toMatchObject({ status: 'success', cached: true });
  const copied = steps.find((step) => step.instruction_type === 'COPY')!;
  const layers = await list<BuildLayer>(again, 'layers');
  expect(layers.find((layer) => layer.step_number === copied.step_number)?.layer_digest).toBe(
    copied.layer_digest,
  );
  expect(layers.every((layer) => layer.used_in_builds_count >= 2)).toBe(true);
});

test.concurrent('an image that only sets variables has no layers, and is pushed all the same', async () => {
  const build = await finish('FROM scratch\nENV LANG=C.UTF-8');

  expect(build.status).toBe('success');
  expect((await served(build.destinations[0]!)).digest).toBe(build.result.output_image_digest);
  expect(await list<BuildLayer>(build, 'layers')).toEqual([]);
});

test.concurrent('a failing RUN tells the stage, the step, the exit code and its last lines', async () => {
  const build = await finish(`FROM ${kiln.baseImage}\nRUN echo about to fail && exit 7`);
  expect(build.status).toBe('failed');
  expect(build.result).toMatchObject({
    status: 'failed',
    failure_code: 'build_step_failed',
    failure_stage: 'build',
    exit_code: 7,
    failure_instruction: expect.stringContaining('RUN echo about to fail'),
    failure_last_lines: expect.arrayContaining([expect.stringContaining('about to fail')]),
    failure_fix: expect.any(String),
    retryable: false,
  });
});

test.concurrent('build arguments and the target stage reach the build', async () => {
  const build = await finish(example(), { build_args: { WHO: 'kiln' }, target_stage: 'made' });
  expect(build.status).toBe('success');
  expect(await kiln.log(build.id)).toContain('hello kiln');
});

test.concurrent('the log of a loud step is stored whole', async () => {
  const build = await finish(
    `FROM ${kiln.baseImage}\nRUN i=1; while [ $i -le 100000 ]; do echo "loud line $i"; i=$((i+1)); done`,
  );
  expect(build.status).toBe('success');
  const loud = (await kiln.log(build.id)).split('\n').filter((line) => line.startsWith('loud line '));
  expect(loud).toEqual(Array.from({ length: 100_000 }, (_, index) => `loud line ${index + 1}`));
});

test.concurrent('a base image that does not exist fails the build and says so', async () => {
  const missing = kiln.baseImage.replace(/:[^:]*$/, ':no-such-tag');
  const build = await finish(`FROM ${missing}\nRUN true`);
  expect(build.result).toMatchObject({ status: 'failed', failure_code: 'base_image_missing' });
});

test.concurrent('a build that runs longer than allowed ends as a timeout and leaves no process', async () => {
  const { id } = await kiln.json<Build>('POST', '/v1/projects/scenario/builds', {
    source: { kind: 'inline' },
    options: { dockerfile_inline: `FROM ${kiln.baseImage}\nRUN sleep 600` },
    timeout_seconds: 10,
  });
  const build = await kiln.until(id, hasEnded, 180_000);
  expect(build).toMatchObject({
    status: 'failed',
    result: { status: 'timeout', failure_code: 'build_timeout' },
  });
});
