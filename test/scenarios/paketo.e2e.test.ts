import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BaseImageUse, Build, BuildLayer, BuildStep } from '../../src/contracts/builds.js';
import { hasEnded, startKiln, type TestKiln } from './kiln.js';
import { servedDigest } from '../support/served-digest.js';
import { provideTestBuilder, SITE, uploadFiles, type Files } from './paketo-builds.js';

/** The method paketo needs root; where there is none the host does not offer it, which the last test looks at. */
const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? test : test.skip;

let kiln: TestKiln;
let builder: string;
beforeAll(async () => {
  kiln = await startKiln();
  await kiln.call('POST', '/v1/projects', { slug: 'scenario' });
  builder = await provideTestBuilder(kiln.access.registry);
}, 600_000);
afterAll(async () => {
  await kiln.stop();
}, 60_000);

const start = async (files: Files, options: Record<string, unknown> = {}): Promise<Build> =>
  kiln.json<Build>('POST', '/v1/projects/scenario/builds', {
    method: 'paketo',
    source: { kind: 'upload', upload_id: await uploadFiles(kiln, files) },
    options: { builder, ...options },
  });
const finish = async (files: Files, options: Record<string, unknown> = {}): Promise<Build> => {
  const { id } = await start(files, options);
  return kiln.until(id, (build) => hasEnded(build) && build.log_complete);
};
const stepsOf = async (buildId: string): Promise<BuildStep[]> =>
  (await kiln.json<{ items: BuildStep[] }>('GET', `/v1/builds/${buildId}/steps`)).items;

asRoot(
  'a source without a Dockerfile becomes an image; the next build of it uses its layers again and gives the same digest',
  async () => {
    const options = { environment: { BP_SITE_TITLE: 'A title' } };
    const first = await finish(SITE, options);
    expect([first.status, first.result.failure_reason]).toEqual(['success', null]);
    expect(await servedDigest(first.destinations[0]!)).toBe(first.result.output_image_digest);
    expect(await kiln.log(first.id)).toContain('Writing index.html');
    const { items: layers } = await kiln.json<{ items: BuildLayer[] }>(
      'GET',
      `/v1/builds/${first.id}/layers`,
    );
    const site = layers.find((layer) =>
      /Created by buildpack: kiln\/pages@1.0.0/.test(layer.created_by ?? ''),
    );
    const steps = await stepsOf(first.id);
    expect(steps.find(({ step_name: name }) => name === '[export] kiln/pages:site')).toMatchObject({
      step_number: site?.step_number,
      layer_digest: site?.layer_digest,
      cached: false,
    });
    expect(steps.map(({ step_name: name }) => name)).toContain('[build] kiln/pages@1.0.0');

    const again = await finish(SITE, options);
    expect([again.status, again.result.output_image_digest]).toEqual([
      'success',
      first.result.output_image_digest,
    ]);
    const cached = (await stepsOf(again.id)).filter((step) => step.cached).map((step) => step.step_name);
    const fetched = `[builder] ${builder}@${(await servedDigest(builder))!}`;
    expect(cached).toEqual(expect.arrayContaining([fetched, '[export] kiln/pages:site']));
    const { items: images } = await kiln.json<{ items: BaseImageUse[] }>(
      'GET',
      `/v1/builds/${again.id}/base-images`,
    );
    expect(images.find(({ is_base: isBase }) => !isBase)).toMatchObject({
      reference: builder,
      digest: await servedDigest(builder),
    });
    const [config] = await kiln.query(
      'SELECT build_method, builder, buildpacks, environment FROM build_configs WHERE build_id = $1',
      [again.id],
    );
    expect(config).toEqual({ build_method: 'paketo', builder, buildpacks: [], ...options });
  },
  120_000,
);

asRoot(
  'a source that no buildpack knows fails before anything is built, and says which were tried',
  async () => {
    const build = await finish({ 'README.md': 'nothing to build' });
    expect(build.result).toMatchObject({
      ...{ failure_code: 'buildpack_not_detected', failure_stage: 'compile' },
      failure_reason: expect.stringMatching(/kiln\/pages@1.0.0 \(no\).*test\/script@1.0.0 \(no\)/),
    });
  },
  60_000,
);

asRoot(
  'a buildpack reads the secret of a binding, which is neither in the image nor in the log',
  async () => {
    const value = 'a value that nobody shall see';
    await kiln.json('PUT', '/v1/secrets/npm-token', {
      value_base64: Buffer.from(value).toString('base64'),
    });
    const script = [
      'cat "$CNB_PLATFORM_DIR/bindings/npm/type" "$CNB_PLATFORM_DIR/bindings/npm/.npmrc"; echo',
      '! echo changed > "$CNB_PLATFORM_DIR/bindings/npm/.npmrc"',
      'test "$(wc -c < "$CNB_PLATFORM_DIR/bindings/npm/.npmrc")" = 29',
    ].join('\n');
    const bindings = [{ name: 'npm', type: 'npmrc', secrets: { '.npmrc': 'npm-token' } }];
    const build = await finish({ 'build.sh': script }, { bindings });
    expect([build.status, build.result.failure_reason]).toEqual(['success', null]);
    const log = await kiln.log(build.id);
    expect(log).toContain('npmrc***');
    expect(log).not.toContain(value);
    const [rows] = await kiln.query(
      'SELECT to_jsonb(c)::text AS text FROM build_configs c WHERE build_id = $1',
      [build.id],
    );
    expect(rows?.['text']).toContain('npm-token');
    expect(JSON.stringify(rows)).not.toContain(value);
    expect(await imageBytes(build.destinations[0]!)).not.toContain(value);
  },
  60_000,
);

asRoot(
  'a buildpack reaches no port of the platform, no credential, and no file of the host or of other builds',
  async () => {
    const hostFile = join(kiln.stateFolder, 'host-file');
    writeFileSync(hostFile, 'of the host');
    const port = new URL(kiln.access.api_url).port;
    const [registryHost, registryPort] = kiln.access.registry.split(':');
    const script = [
      `! nc -w 2 127.0.0.1 ${port} < /dev/null`,
      `! nc -w 2 ${registryHost} ${registryPort} < /dev/null`,
      '! nc -w 2 169.254.169.254 80 < /dev/null',
      `! cat ${hostFile}`,
      `! ls ${kiln.stateFolder}`,
      '! test -e /var/run/docker.sock',
      // Where buildpacks have a way out, it is a proxy that leads to public addresses only.
      ...[`127.0.0.1:${port}`, kiln.access.registry, '169.254.169.254:80'].map(
        (place) =>
          `test -z "$HTTPS_PROXY" || (printf 'CONNECT ${place} HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n'; sleep 1) | nc -w 3 127.0.0.1 3128 | grep ' 403 '`,
      ),
      '! env | grep CNB_REGISTRY_AUTH',
      '! test -e /kiln/certificates',
      '! test -e /cache',
      '! touch /kiln/analyzed/analyzed.toml',
      '! touch /kiln/plan/group.toml',
      '! touch /cnb/order.toml',
      '! mount -t tmpfs none /tmp',
      '! unshare -U true',
      'test "$(id -u)" = 1000',
      'test "$(grep NoNewPrivs /proc/self/status | tr -dc 0-9)" = 1',
      'test "$(ls /proc | grep -c "^[0-9]")" -lt 10',
      'echo every probe was refused',
    ];
    const numbered = script.map((line, index) => `${line} || { echo probe ${index}; exit 1; }`).join('\n');
    const build = await finish({ 'build.sh': numbered });
    expect([build.status, build.result.failure_last_lines]).toEqual(['success', []]);
    expect(await kiln.log(build.id)).toContain('every probe was refused');
  },
  60_000,
);

(isRoot ? test.skip : test)('without root the method is refused with what to do', async () => {
  await expect(start(SITE)).rejects.toThrow(/method_not_offered.*kiln doctor/s);
});

/** Config and layers of an image, unpacked, as one text. */
async function imageBytes(reference: string): Promise<string> {
  const { gunzipSync } = await import('node:zlib');
  const [, host, repository, tag] = /^([^/]+)\/(.+):([^:/]+)$/.exec(reference)!;
  const base = `http://${host}/v2/${repository}`;
  const accept = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = (await (await fetch(`${base}/manifests/${tag}`, { headers: { accept } })).json()) as {
    config: { digest: string };
    layers: { digest: string }[];
  };
  const blobs = [manifest.config, ...manifest.layers].map(async ({ digest }) => {
    const bytes = Buffer.from(await (await fetch(`${base}/blobs/${digest}`)).arrayBuffer());
    return (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('latin1');
  });
  return (await Promise.all(blobs)).join('\n');
}
