import { changeBuild } from '../../src/contracts/change-build.js';
import type { WhatIfChanges } from '../../src/contracts/what-if.js';
import type { BuildMethod } from '../../src/domain/builds/method.js';
import { METHODS } from '../../src/engines/methods.js';

const DIGEST = `sha256:${'b'.repeat(64)}`;
const used = [
  { reference: 'docker.io/library/debian:12', digest: DIGEST, isBase: true },
  { reference: 'r.example/tool:1', digest: DIGEST, isBase: false },
];

/** A build by its method's own values and these. */
function change(changes: WhatIfChanges, method: BuildMethod = 'buildx', given: object = {}) {
  const options = METHODS[method]!.options.parse(given) as Record<string, unknown>;
  return changeBuild({ method, options, used }, changes);
}

/** The field and the words of a refusal. */
function refusal(...of: Parameters<typeof change>): unknown {
  try {
    change(...of);
  } catch (error) {
    return (error as { fields: unknown[] }).fields[0];
  }
  return null;
}

test('without a change a build is made by the images of the record, and writes no cache', () => {
  const { method, options, pinned, whatIf } = change({}, 'buildx', { cache_to: ['r.example/c:1'] });
  expect({ method, whatIf }).toEqual({ method: 'buildx', whatIf: {} });
  expect(pinned).toEqual([`docker.io/library/debian:12@${DIGEST}`, `r.example/tool:1@${DIGEST}`]);
  expect(options).toMatchObject({ cache_to: [], cache_enabled: true, pinned_images: pinned });
});

test('an image that another one takes the place of is not pinned; the others are', () => {
  const { options, pinned, whatIf } = change({ base: { 'debian:12': `debian@${DIGEST}` } });
  const base = { 'docker.io/library/debian:12': `docker.io/library/debian@${DIGEST}` };
  expect(pinned).toEqual([`r.example/tool:1@${DIGEST}`]);
  expect(options).toMatchObject({ replaced_images: base, pinned_images: pinned });
  expect(whatIf).toEqual({ base });
});

test('values of build arguments are set beside those of the record, and only their names are told', () => {
  const { options, whatIf } = change({ build_args: { B: '2' } }, 'buildx', { build_args: { A: '1' } });
  expect(options).toMatchObject({ build_args: { A: '1', B: '2' } });
  expect(whatIf).toEqual({ build_args: ['B'] });
});

test('without a cache none is read', () => {
  const { options } = change({ no_cache: true }, 'buildx', { cache_from: ['r.example/c:1'] });
  expect(options).toMatchObject({ cache_enabled: false, cache_from: [] });
});

test.each(['container', 'kaniko'] as const)(
  'what a Dockerfile needs goes over to %s, caches do not',
  (method) => {
    const given = { cache_from: ['r.example/c:1'], target_stage: 'made', build_args: { A: '1' } };
    const changed = change({ method }, 'buildx', given);
    expect(changed.method).toBe(method);
    expect(changed.options).toMatchObject({ target_stage: 'made', build_args: { A: '1' } });
    expect(changed.options).not.toHaveProperty('cache_from');
  },
);

test.each([
  [{ method: 'paketo' }, 'buildx', {}, 'changes.method', 'between'],
  [
    { method: 'container' },
    'buildx',
    { ssh: [{ id: 'default', name: 'key' }] },
    'changes.method',
    'ssh belongs to buildx',
  ],
  [
    { method: 'kaniko' },
    'buildx',
    { secrets: [{ id: 'a', name: 'b' }] },
    'changes.method',
    'use the method buildx',
  ],
  [{ platforms: ['linux/arm64'] }, 'container', {}, 'changes.platforms', 'platforms belongs to buildx'],
  [
    { base: { 'alpine:3': 'alpine:4' } },
    'buildx',
    {},
    'changes.base',
    'name one of docker.io/library/debian:12',
  ],
  [{ base: { 'debian:12': 'debian:13' } }, 'paketo', {}, 'changes.base', 'without a Dockerfile'],
  [{ no_cache: true }, 'packer', {}, 'changes.no_cache', 'leave it out'],
] as const)('%j of a build by %s with %j is refused as %s', (changes, method, given, field, words) => {
  expect(refusal(changes as unknown as WhatIfChanges, method, given)).toEqual({
    field,
    message: expect.stringContaining(words),
  });
});

test.each(['buildx', 'container', 'kaniko'] as const)(
  'nobody can set what takes the place of images by %s',
  (method) => {
    expect(METHODS[method]!.settings.safeParse({ replaced_images: {} }).success).toBe(false);
  },
);
