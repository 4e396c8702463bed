import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { KilnError } from '../../src/domain/errors.js';
import type { ImageRegistry } from '../../src/ports/image-registry.js';
import { resolveImages } from '../../src/supervisor/resolve-images.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const never = new AbortController().signal;

function aRegistry(served: Record<string, string | Error>) {
  const asked: string[] = [];
  const head: ImageRegistry['head'] = async (repository, reference, _signal, options) => {
    asked.push(`${repository}:${reference}${options?.mayComeFromMirror === true ? ' or its mirrors' : ''}`);
    await sleep(1);
    const answer = served[repository];
    if (answer instanceof Error) throw answer;
    return answer === undefined ? null : { digest: answer, mediaType: 'x', sizeBytes: 1 };
  };
  return { registry: { head }, asked };
}

test('names are resolved at once, where a builder would look for them, and once each', async () => {
  const { registry, asked } = aRegistry({ 'docker.io/busybox': DIGEST, 'reg:5000/base': DIGEST });
  const resolving = resolveImages(registry, ['busybox', 'reg:5000/base:1', 'busybox'], never);
  expect(asked).toEqual(['docker.io/busybox:latest or its mirrors', 'reg:5000/base:1 or its mirrors']);
  expect(await resolving).toEqual({ busybox: DIGEST, 'reg:5000/base:1': DIGEST });
});

test('what is away, refused, odd or no reference is left to the builder, and what has its digest is not asked for', async () => {
  const { registry } = aRegistry({
    'a.test/denied': new KilnError('registry_denied'),
    'a.test/odd': 'sha512:abc',
    'a.test/good': DIGEST,
  });
  const names = [
    'a.test/denied:1',
    'a.test/odd',
    'a.test/gone',
    `a.test/pinned@${DIGEST}`,
    '??',
    'a.test/good',
  ];
  expect(await resolveImages(registry, names, never)).toEqual({ 'a.test/good': DIGEST });
});

test('a run that ends meanwhile does not go on', async () => {
  const { registry } = aRegistry({ 'docker.io/busybox': DIGEST });
  const ended = AbortSignal.abort(new Error('ended'));
  await expect(resolveImages(registry, ['busybox'], ended)).rejects.toThrow('ended');
});

test('a name that a rebuild pins stands for the digest of the record, and its registry is not asked', async () => {
  const { registry, asked } = aRegistry({ 'docker.io/busybox': DIGEST, 'reg:5000/base': DIGEST });
  const recorded = `sha256:${'b'.repeat(64)}`;
  const pins = [`docker.io/library/busybox:latest@${recorded}`, `reg:5000/base:2@${recorded}`];
  const found = await resolveImages(registry, ['busybox', 'reg:5000/base:1'], never, pins);
  expect(found).toEqual({ busybox: recorded, 'reg:5000/base:1': DIGEST });
  expect(asked).toEqual(['reg:5000/base:1 or its mirrors']);
});
