import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Build, BuildLayer, BuildStep } from '../../src/contracts/builds.js';
import { hasEnded, startKiln, type TestKiln } from './kiln.js';

let kiln: TestKiln;
beforeAll(async () => {
  kiln = await startKiln();
  await kiln.call('POST', '/v1/projects', { slug: 'scenario' });
}, 600_000);
afterAll(async () => {
  await kiln.stop();
}, 60_000);

const finish = async (dockerfile: string, options: Record<string, unknown> = {}): Promise<Build> => {
  const { id } = await kiln.json<Build>('POST', '/v1/projects/scenario/builds', {
    source: { kind: 'inline' },
    options: { dockerfile_inline: dockerfile, ...options },
  });
  return kiln.until(id, (build) => hasEnded(build) && build.log_complete);
};
const stepsOf = async ({ id }: Build): Promise<BuildStep[]> =>
  (await kiln.json<{ items: BuildStep[] }>('GET', `/v1/builds/${id}/steps`)).items;

interface ServedIndex {
  readonly digest: string | null;
  readonly manifests: { readonly digest: string; readonly platform: { readonly architecture: string } }[];
}
const served = async (reference: string): Promise<ServedIndex> => {
  const [, host, repository, tag] = /^([^/]+)\/(.+):([^:/]+)$/.exec(reference)!;
  const accept = 'application/vnd.oci.image.index.v1+json';
  const answer = await fetch(`http://${host}/v2/${repository}/manifests/${tag}`, { headers: { accept } });
  const { manifests } = (await answer.json()) as Pick<ServedIndex, 'manifests'>;
  return { digest: answer.headers.get('docker-content-digest'), manifests };
};

const PLATFORMS = ['linux/amd64', 'linux/arm64'];

test('one build makes an index of two platforms, with steps and layers of each, and needs no emulation', async () => {
  const dockerfile = [
    `FROM --platform=$BUILDPLATFORM ${kiln.baseImage} AS made`,
    'ARG TARGETARCH',
    'RUN echo "for $TARGETARCH" > /arch && cat /arch',
    'FROM scratch',
    'COPY --from=made /arch /arch',
    'CMD ["/arch"]',
  ].join('\n');
  const build = await finish(dockerfile, { platforms: PLATFORMS });
  expect([build.status, build.result.failure_reason]).toEqual(['success', null]);

  const index = await served(build.destinations[0]!);
  expect(index.digest).toBe(build.result.output_image_digest);
  expect(index.manifests.map(({ platform }) => platform.architecture)).toEqual(['amd64', 'arm64']);
  const layers = (await kiln.json<{ items: BuildLayer[] }>('GET', `/v1/builds/${build.id}/layers`)).items;
  expect(layers.map(({ platform, layer_number }) => [platform, layer_number])).toEqual(
    PLATFORMS.map((platform) => [platform, 1]),
  );
  const steps = await stepsOf(build);
  const makers = layers.map(
    ({ step_number }) => steps.find((step) => step.step_number === step_number)?.step_name,
  );
  expect(makers).toEqual(
    PLATFORMS.map((platform) => `[${platform} stage-1 1/1] COPY --from=made /arch /arch`),
  );
  expect((await kiln.log(build.id)).match(/^for (?:amd64|arm64)$/gm)?.sort()).toEqual([
    'for amd64',
    'for arm64',
  ]);
  const rows = await kiln.query(
    `SELECT p.platform, i.manifest_digest FROM image_platforms p JOIN images i ON i.id = p.image_id
     WHERE p.index_image_id = $1 ORDER BY p.position`,
    [build.image_id],
  );
  expect(rows).toEqual(
    index.manifests.map(({ digest }, at) => ({ platform: PLATFORMS[at], manifest_digest: digest })),
  );
}, 60_000);

test('a RUN step of a platform that the host cannot run is refused before it starts, with the way out', async () => {
  const foreign = process.arch === 'riscv64' ? 'linux/ppc64le' : 'linux/riscv64';
  const build = await finish(`FROM ${kiln.baseImage}\nRUN echo no`, { platforms: [foreign] });
  expect(build.result).toMatchObject({
    status: 'failed',
    failure_code: 'platform_not_runnable',
    failure_stage: 'compile',
  });
  expect(build.result.failure_reason).toContain(`RUN at line 2 is for ${foreign}`);
  expect(build.result.failure_fix).toMatch(/--platform=\$BUILDPLATFORM.*qemu-user-static/s);
  expect(await stepsOf(build)).toEqual([]);
}, 60_000);
