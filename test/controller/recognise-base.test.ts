import { expect, test } from 'vitest';
import { createRecogniseBase } from '../../src/controller/recognise-base.js';
import { KilnError } from '../../src/domain/errors.js';
import type { UsedImage } from '../../src/domain/images/used-images.js';
import type { StandingImage } from '../../src/ports/explorations.js';
import type { ManifestContents } from '../../src/ports/image-registry.js';

const IMAGE = { tenantId: 't', projectId: 'p', digest: 'sha256:own' };
const standing: StandingImage = {
  imageId: 'i',
  buildId: 'b',
  digest: 'sha256:own',
  repository: 'reg/app',
  platform: 'linux/amd64',
  used: [],
};
const base = (reference: string, isBase: boolean, digest: string | null = null): UsedImage => ({
  reference,
  digest,
  isBase,
});

/** What is saved of an image with the layers a, b and c, and where was looked. */
async function recognise(used: readonly UsedImage[], served: Record<string, ManifestContents | KilnError>) {
  const saved: unknown[] = [];
  const asked: string[] = [];
  await createRecogniseBase({
    explorations: {
      standing: () => Promise.resolve([{ ...standing, used }]),
      saveBase: async (_tenant, { imageId }, found) => void saved.push([imageId, found]),
    },
    registryFor: () => ({
      diffIds: async (repository, reference, { mayComeFromMirror }) => {
        if (repository === 'reg/app') return { digest: 'sha256:own', diffIds: ['a', 'b', 'c'] };
        expect(mayComeFromMirror).toBe(true);
        asked.push(`${repository} ${reference}`);
        const answer = served[repository];
        if (answer instanceof KilnError) throw answer;
        return answer ?? null;
      },
    }),
  })(IMAGE, new AbortController().signal);
  return { saved, asked };
}

const found = (reference: string, layerCount: number, digest: string | null = null) => [
  ['i', { reference, layerCount, digest }],
];

test('the base that the Dockerfile names is taken when its layers are the lowest ones, and no digest that its tag stands for now', async () => {
  const { saved, asked } = await recognise([base('reg/base:1', true), base('reg/tools:1', false)], {
    'reg/base': { digest: 'sha256:base', diffIds: ['a', 'b'] },
    'reg/tools': { digest: 'sha256:tools', diffIds: ['a'] },
  });
  expect(saved).toEqual(found('reg/base:1', 2));
  expect(asked).toEqual(['reg/base 1']);
});

test('a digest that the build has recorded is asked for, not the tag, and stays', async () => {
  const { saved, asked } = await recognise([base('reg/base:1', true, 'sha256:index')], {
    'reg/base': { digest: 'sha256:index', diffIds: ['a'] },
  });
  expect([asked, saved]).toEqual([['reg/base sha256:index'], found('reg/base:1', 1, 'sha256:index')]);
});

test.each<[string, ManifestContents | KilnError | null]>([
  ['a tag that has moved since to other layers', { digest: 'sha256:new', diffIds: ['x'] }],
  ['more layers than the image has', { digest: 'sha256:new', diffIds: ['a', 'b', 'c', 'd'] }],
  ['a registry that is away', new KilnError('registry_unreachable')],
  ['a registry that refuses', new KilnError('registry_denied')],
  ['no image for the platform', null],
])('%s tells nothing, and another image that was used may fit', async (_name, answer) => {
  const served = answer === null ? {} : { 'reg/base': answer };
  expect((await recognise([base('reg/base:1', true)], served)).saved).toEqual([]);
  const { saved } = await recognise([base('reg/base:1', true), base('reg/other', false)], {
    ...served,
    'reg/other': { digest: 'sha256:other', diffIds: ['a'] },
  });
  expect(saved).toEqual(found('reg/other', 1));
});
