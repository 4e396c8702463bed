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
