import { expect, test } from 'vitest';
import type { KilnError } from '../../../src/domain/errors.js';
import { containerEngine } from '../../../src/engines/container/engine.js';

test('options have defaults for everything', () => {
  expect(containerEngine.parseOptions({})).toEqual({
    dockerfile: 'Dockerfile',
    build_context: '.',
    build_args: {},
    cache_enabled: true,
    secrets: [],
  });
});

test.each([
  ['cache_from', ['r.test/a'], /belongs to buildx/],
  ['cache_to', 'r.test/a', /belongs to buildx/],
  ['cache_repo', 'r.test/a', /belongs to kaniko/],
  ['platforms', ['linux/amd64'], /belongs to buildx/],
  ['artifacts', [{ name: 'a', target: 'b', path: '/c' }], /belongs to buildx/],
  ['tests', { target: 'a' }, /belongs to buildx/],
  ['environment', { A: 'b' }, /use build_args/],
  ['privileged', true, /Unknown option/],
  ['dockerfile', '../x', /leads out/],
  ['target_stage', '-x', /stage is named/],
])('refuse %s and name the field', (field, value, message) => {
  try {
    containerEngine.parseOptions({ [field]: value });
    throw new Error('accepted');
  } catch (error) {
    expect((error as KilnError).fields.map((one) => one.field)).toEqual([field]);
    expect((error as KilnError).message).toMatch(message);
  }
});

test('the Dockerfile is judged for the platform of the build host', () => {
  const named = containerEngine.dockerfileOf?.(containerEngine.parseOptions({ target_stage: 'x' }));
  expect(named).toMatchObject({
    path: 'Dockerfile',
    target: 'x',
    platforms: [expect.stringMatching(/^linux\//)],
  });
});
