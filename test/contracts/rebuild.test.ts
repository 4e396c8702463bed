import { pinFor } from '../../src/contracts/rebuild.js';
import { METHOD_NAMES, METHODS } from '../../src/engines/methods.js';

const used = [{ reference: 'docker.io/library/debian:12', digest: `sha256:${'b'.repeat(64)}`, isBase: true }];

it.each(METHOD_NAMES)('a rebuild by %s has options that the method takes', (method) => {
  const { options } = METHODS[method]!;
  const recorded = options.parse({}) as Record<string, unknown>;
  const pinned = pinFor(method)(recorded, used);
  expect(options.safeParse(pinned.options).error?.issues ?? []).toEqual([]);
});

it.each(METHOD_NAMES.filter((method) => METHODS[method]?.hasCaches !== false))(
  'a rebuild by %s takes nothing from a cache',
  (method) => {
    expect(pinFor(method)({}, used).options).toMatchObject({ cache_enabled: false });
  },
);

const BY_NAME = ['buildx', 'container', 'kaniko', 'packer'] as const;

it.each(BY_NAME)('a rebuild by %s takes the very images that the record has', (method) => {
  const pin = `${used[0]!.reference}@${used[0]!.digest}`;
  expect(pinFor(method)({}, used)).toMatchObject({ options: { pinned_images: [pin] }, images: [pin] });
});

it.each(BY_NAME)('nobody can set the images of a rebuild by %s', (method) => {
  expect(METHODS[method]!.settings.safeParse({ pinned_images: [] }).success).toBe(false);
});
