import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Build, BuildLayer, BuildStep } from '../../src/contracts/builds.js';
import { hasEnded, runKiln, startKiln, type TestKiln } from './kiln.js';
import { forgeMaterials } from '../support/forged-materials.js';
import { Canary, CanarySearch, ProcessWatch, searchFolder } from '../support/canaries.js';

let kiln: TestKiln;
beforeAll(async () => {
  kiln = await startKiln({ KILN_ALLOWED_NETWORKS: '127.0.0.0/8' });
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

test('the signed base image is the one that was built upon, whatever a step prints and wherever the tag points meanwhile', async () => {
  const { signed, expected } = await forgeMaterials(kiln, 'buildx');
  expect(signed).toEqual(expected);
}, 120_000);

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

/** A folder whose image is the base with the program that asks an SSH agent, and what it loads. */
function contextWithSshAdd(folder: string): void {
  const program = realpathSync('/usr/bin/ssh-add');
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/\S+(?= \(0x)/g) ?? [];
  for (const file of [program, ...libraries]) {
    const target = join(folder, 'root', file);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(realpathSync(file), target);
  }
}

test('a step uses a stored key by SSH and never has it; none of it stays anywhere', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kiln-ssh-'));
  const key = join(folder, 'key');
  const context = join(folder, 'context');
  contextWithSshAdd(context);
  for (const [file, passphrase] of [
    [key, ''],
    [`${key}-protected`, 'a passphrase'],
  ])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase!, '-C', 'of-the-test', '-f', file!]);
  writeFileSync(
    join(context, 'Dockerfile'),
    [
      `FROM ${kiln.baseImage}`,
      'COPY root /',
      'RUN --mount=type=ssh,required=true /usr/bin/ssh-add -L && ls -la "$SSH_AUTH_SOCK" && env',
      'RUN test -z "$SSH_AUTH_SOCK"',
    ].join('\n'),
  );
  const env = { KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token };
  const run = (...args: string[]) => runKiln(args, env);
  const build = (name: string) => run('build', context, '-p', 'scenario', '--ssh', `name=${name}`, '--json');
  for (const [name, file] of [
    ['deploy-key', key],
    ['protected-key', `${key}-protected`],
  ])
    expect((await run('secrets', 'set', name!, '--from-file', file!)).code).toBe(0);

  // The first lines of all keys are alike.
  const secret = readFileSync(key, 'utf8').split('\n').slice(3, -2).join('\n');
  const search = new CanarySearch([new Canary('key', secret)]);
  const watch = new ProcessWatch(search);
  const built = await build('deploy-key');
  watch.stop();
  expect([built.code, built.stderr.includes('BEGIN')]).toEqual([0, false]);
  const { build_id: id } = JSON.parse(built.stdout.trim().split('\n').at(-1)!) as { build_id: string };
  const publicKey = readFileSync(`${key}.pub`, 'utf8').split(' ')[1]!;
  expect(await kiln.log(id)).toContain(publicKey);
  expect([[...watch.hits], watch.looks > 10]).toEqual([[], true]);
  expect(await searchFolder(kiln.stateFolder, search)).toEqual([]);

  const refused = await build('protected-key');
  expect(refused.code).toBe(1);
  expect(`${refused.stdout}${refused.stderr}`).toMatch(/ssh_key_unusable[\s\S]*passphrase/);
  const unnamed = await run('build', context, '-p', 'scenario', '--no-cache', '--json');
  expect(`${unnamed.stdout}${unnamed.stderr}`).toMatch(
    /wants the SSH key .*default.* which the build does not name/,
  );
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

test('caches in the image, on the host and in a registry that refuses them leave the image good', async () => {
  const refusing = createServer((_request, response) => response.writeHead(403).end());
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
  const closed = `127.0.0.1:${(refusing.address() as AddressInfo).port}`;
  const build = await finish(`FROM ${kiln.baseImage}\nRUN echo cached > /made`, {
    cache_from: [{ type: 'local', name: 'main' }],
    cache_to: ['type=local,name=main', 'type=inline', `${closed}/cache/app:1`],
  });
  refusing.close();
  expect([build.status, build.result.failure_reason]).toEqual(['success', null]);
  const [config] = await kiln.query('SELECT cache_from, cache_to FROM build_configs WHERE build_id = $1', [
    build.id,
  ]);
  expect(config).toEqual({
    cache_from: ['type=local,name=main'],
    cache_to: ['type=local,name=main', 'type=inline', `${closed}/cache/app:1`],
  });
  const steps = await stepsOf(build);
  expect(steps.find(({ step_name }) => step_name === 'exporting cache to registry')?.status).toBe('skipped');
  expect(steps.find(({ step_name }) => step_name === 'exporting cache to client directory')?.status).toBe(
    'success',
  );
}, 60_000);
