import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { KilnError } from '../../src/domain/errors.js';
import type { ToldByImage } from '../../src/domain/secrets/told-by-image.js';
import type { ImageRegistry } from '../../src/ports/image-registry.js';
import { BaseSecrets } from '../../src/supervisor/base-secrets.js';

const never = new AbortController().signal;
const digestOf = (sign: string): string => `sha256:${sign.repeat(64)}`;

/** A registry whose images have these digests and tell these variables. */
function aRegistry(served: Record<string, { digest: string; told: ToldByImage | Error } | 'silent'>) {
  const asked: string[] = [];
  const registry: Pick<ImageRegistry, 'head' | 'told'> = {
    head: async (repository, reference, signal) => {
      asked.push(`head ${repository} ${reference}`);
      const image = served[repository];
      if (image === 'silent') await sleep(60_000, null, { signal });
      if (image === undefined || image === 'silent') return null;
      return { digest: image.digest, mediaType: 'x', sizeBytes: 1 };
    },
    told: (repository, digest, { platforms }) => {
      asked.push(`told ${repository} ${digest.slice(0, 9)} ${platforms.join(',')}`);
      const image = served[repository];
      const told = image === undefined || image === 'silent' ? new Error('none') : image.told;
      return told instanceof Error ? Promise.reject(told) : Promise.resolve(told);
    },
  };
  return { registry, asked };
}

const envOf = (...envVars: string[]): ToldByImage => ({ envVars, history: [] });
const images = (names: string[], more: Partial<Parameters<BaseSecrets['read']>[1]> = {}) => ({
  names,
  ...{ platforms: [], digests: {} },
  ...more,
});

test('what looks secret in variables and history of each base is found, and an image is read once for a digest', async () => {
  const { registry, asked } = aRegistry({
    'reg.test/a': {
      digest: digestOf('a'),
      told: { envVars: ['PATH=/usr/bin', 'APITOKEN=planted-1'], history: ['ARG NPM_TOKEN=planted-2'] },
    },
    'docker.io/b': { digest: digestOf('b'), told: envOf('SMTPURL=smtp://mail:planted-3@host') },
  });
  const bases = new BaseSecrets('linux/amd64');
  const first = await bases.read(registry, images(['reg.test/a:1', 'b', 'b']), never);
  expect(first).toEqual({ values: ['planted-1', 'planted-2', 'planted-3'], unread: [] });
  asked.length = 0;
  expect(await bases.read(registry, images(['reg.test/a:2']), never)).toEqual({
    ...{ values: ['planted-1', 'planted-2'], unread: [] },
  });
  // Whether this build may read it, the registry is still asked.
  expect(asked).toEqual(['head reg.test/a 2']);
});

test('a name is read as what it was resolved to, and for the platforms of the build and of the host', async () => {
  const { registry, asked } = aRegistry({ 'reg.test/a': { digest: digestOf('a'), told: envOf() } });
  const bases = new BaseSecrets('linux/amd64');
  const digests = { 'reg.test/a': digestOf('a') };
  await bases.read(registry, images(['reg.test/a'], { digests, platforms: ['linux/arm64'] }), never);
  await bases.read(registry, images(['reg.test/a'], { digests }), never);
  expect(asked).toEqual([
    `head reg.test/a ${digestOf('a')}`,
    'told reg.test/a sha256:aa linux/amd64,linux/arm64',
    `head reg.test/a ${digestOf('a')}`,
    'told reg.test/a sha256:aa linux/amd64',
  ]);
});

test('bases that are gone, refused, silent, odd or tell too much are named, and the others are read', async () => {
  const many = Array.from({ length: 1001 }, (_, index) => `TOKEN=many-${index}-x`);
  const { registry } = aRegistry({
    'reg.test/a': { digest: digestOf('a'), told: envOf('APITOKEN=planted-1') },
    'reg.test/denied': { digest: digestOf('d'), told: new KilnError('registry_denied') },
    'reg.test/many': { digest: digestOf('e'), told: envOf(...many) },
    'reg.test/silent': 'silent',
  });
  const bases = new BaseSecrets('linux/amd64', 100);
  const names = ['denied', 'gone', 'many', 'silent'].map((name) => `reg.test/${name}`);
  const startedMs = performance.now();
  for (let round = 1; round <= 2; round++) {
    const told = await bases.read(registry, images([...names, '??', 'reg.test/a']), never);
    expect(told.unread).toEqual([...names, '??']);
    expect(told.values).toHaveLength(1001);
    expect(told.values).toContain('planted-1');
  }
  expect(performance.now() - startedMs).toBeLessThan(30_000);
});

test('nothing is asked for a build that stands on nothing, and a run that ends meanwhile does not go on', async () => {
  const { registry, asked } = aRegistry({ 'reg.test/silent': 'silent' });
  const bases = new BaseSecrets('linux/amd64');
  expect(await bases.read(registry, images([]), never)).toEqual({ values: [], unread: [] });
  expect(asked).toEqual([]);
  const ended = AbortSignal.abort(new Error('ended'));
  await expect(bases.read(registry, images(['reg.test/silent']), ended)).rejects.toThrow('ended');
});
