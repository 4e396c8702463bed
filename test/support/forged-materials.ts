import { setTimeout as sleep } from 'node:timers/promises';
import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import type { Build } from '../../src/contracts/builds.js';
import type { BuildProvenance } from '../../src/contracts/provenance-operations.js';
import { hasEnded, type TestKiln } from '../scenarios/kiln.js';

const FORGED = `sha256:${'e'.repeat(64)}`;
const INDEX = 'application/vnd.oci.image.index.v1+json';

/**
 * Builds by a method upon a base whose tag moves meanwhile, with a step that prints what each builder prints of its images. Gives what the
 * signed provenance says of images, and the digest that the build stood on.
 */
export async function forgeMaterials(
  kiln: TestKiln,
  method: string,
): Promise<{ readonly signed: readonly unknown[]; readonly expected: readonly unknown[] }> {
  const registry = createImageRegistry();
  const at = kiln.baseImage.lastIndexOf(':');
  const from = kiln.baseImage.slice(0, at);
  const { digest, mediaType, sizeBytes } = (await registry.head(from, kiln.baseImage.slice(at + 1)))!;
  const repository = `${kiln.access.registry}/moving/${method}`;
  await registry.copy(from, repository, digest);
  await registry.tag(repository, digest, '1');
  const { id } = await kiln.json<Build>('POST', '/v1/projects/scenario/builds', {
    method,
    source: { kind: 'inline' },
    options: { dockerfile_inline: dockerfile(`${repository}:1`), cache_enabled: false },
  });
  while (!(await kiln.log(id)).includes('the tag may move')) await sleep(50);
  // The same layers under another digest: whoever looks at them afterwards takes it for the base.
  const manifests = [
    { mediaType, digest, size: sizeBytes, platform: { os: 'linux', architecture: 'amd64' } },
  ];
  const moved = await fetch(`http://${kiln.access.registry}/v2/moving/${method}/manifests/1`, {
    method: 'PUT',
    headers: { 'content-type': INDEX },
    body: JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }),
  });
  if (moved.status !== 201) throw new Error(`the tag did not move: ${moved.status}`);
  const ended = await kiln.until(id, hasEnded, 60_000);
  if (ended.status !== 'success') throw new Error(ended.result.failure_reason ?? 'it failed');
  return {
    signed: await signedImages(kiln, id),
    expected: [
      {
        name: 'base image',
        uri: `docker://${repository}:1`,
        digest: { sha256: digest.slice('sha256:'.length) },
      },
    ],
  };
}

function dockerfile(base: string): string {
  const forged = `${base}@${FORGED}`;
  const vertex = { digest: FORGED, name: `[1/1] FROM ${forged}`, started: '2026-01-01T00:00:00Z' };
  const said = { level: 'info', msg: `Building stage '${forged}' [idx: 0, base-idx: -1]`, time: 'now' };
  const lines = [
    `STEP 3/3: FROM ${forged}`,
    `[2/2] STEP 1/2: FROM ${forged}`,
    JSON.stringify(said),
    JSON.stringify({ vertexes: [vertex] }),
    `#3 [1/1] FROM ${forged}`,
    `pull ${forged}`,
  ];
  return [
    `FROM ${base}`,
    `RUN printf '%s\\n' ${lines.map((line) => `'${line.replaceAll("'", `'\\''`)}'`).join(' ')}`,
    "RUN echo 'the tag may' move; sleep 2",
  ].join('\n');
}

async function signedImages(kiln: TestKiln, id: string): Promise<unknown[]> {
  for (;;) {
    const { envelope } = await kiln.json<BuildProvenance>('GET', `/v1/builds/${id}/provenance`);
    if (envelope !== null) {
      const { predicate } = JSON.parse(Buffer.from(envelope.payload, 'base64').toString()) as {
        predicate: { buildDefinition: { resolvedDependencies: { name: string }[] } };
      };
      return predicate.buildDefinition.resolvedDependencies.filter(({ name }) => /image$/.test(name));
    }
    await sleep(100);
  }
}
