import { expect, test } from 'vitest';
import { settingLayers } from '../../../src/contracts/setting-layers.js';
import { secretsOfFileAlone } from '../../../src/domain/builds/file-secrets.js';
import { effectiveBuild } from '../../../src/contracts/effective-build.js';
import { NewBuild } from '../../../src/contracts/new-build.js';
import { BUILT_IN_LIMITS } from '../../../src/domain/limits/effective-limits.js';
import type { KilnError } from '../../../src/domain/errors.js';
import { neededRegistries } from '../../../src/domain/secrets/needed-registries.js';
import { paketoEngine } from '../../../src/engines/paketo/engine.js';

const builder = 'r.test/cnb/builder:1';
const npm = { name: 'npm', type: 'npmrc', secrets: { '.npmrc': 'npm-token' } };

test('everything but the builder has a default', () => {
  expect(paketoEngine.parseOptions({ builder })).toEqual({
    ...{ builder, buildpacks: [], environment: {}, bindings: [], secrets: [] },
    ...{ build_context: '.', cache_enabled: true },
  });
});

test('a builder has to be named, by a git source at the latest in its build file', () => {
  const layers = { request: { method: 'paketo' } };
  expect(() => effectiveBuild(layers, BUILT_IN_LIMITS)).toThrow(
    /builder: required: the method paketo needs it/,
  );
  const asked = effectiveBuild(layers, BUILT_IN_LIMITS, 'kiln.yaml', false);
  expect(asked.options).not.toHaveProperty('builder');
  const settled = effectiveBuild({ ...layers, build_file: { builder } }, BUILT_IN_LIMITS);
  expect(settled.options).toMatchObject({ builder });
});

test.each([
  ['dockerfile', 'Dockerfile', /builds without a Dockerfile/],
  ['dockerfile_inline', 'FROM x', /builds without a Dockerfile/],
  ['target_stage', 'x', /builds without a Dockerfile/],
  ['build_args', { A: 'b' }, /buildpacks read environment/],
  ['cache_from', ['r.test/a'], /belongs to buildx/],
  ['cache_repo', 'r.test/a', /belongs to kaniko/],
  ['platforms', ['linux/amd64'], /belongs to buildx/],
  ['artifacts', [{ name: 'a', target: 'b', path: '/c' }], /belongs to buildx/],
  ['tests', { target: 'a' }, /belongs to buildx/],
  ['privileged', true, /Unknown option/],
  ['build_context', '../x', /leads out/],
  ['builder', 'No Image', /repository/],
  ['buildpacks.0', 'docker://r.test/buildpack:1', /put them into the builder/],
  ['buildpacks.0', 'a/../b', /holds no/],
  ['environment.CNB_USER_ID', '0', /steer the lifecycle/],
  ['environment.1A', 'x', /named with letters/],
  ['bindings.0.secrets.../x', 's', /A file is named/],
  ['bindings.0.secrets.type', 's', /beside "secrets"/],
  ['bindings.0.name', 'a.b', /A binding is named/],
])('%s that does not fit is refused by name', (field, value, message) => {
  const [name = '', ...rest] = field.split('.');
  const options = {
    ...{ environment: { [rest.join('.')]: value }, buildpacks: [value] },
    bindings: [
      {
        ...npm,
        ...(rest[1] === 'name' ? { name: value } : { secrets: { [rest.slice(2).join('.')]: value } }),
      },
    ],
  };
  const given = name in options ? options[name as keyof typeof options] : value;
  try {
    paketoEngine.parseOptions({ builder, [name]: given });
    throw new Error('accepted');
  } catch (error) {
    expect((error as KilnError).fields.map((one) => one.field)).toEqual([field]);
    expect((error as KilnError).message).toMatch(message);
  }
});

test('secrets of other methods are refused, those of bindings are named as every method names its own', () => {
  expect(() => paketoEngine.parseOptions({ builder, secrets: [{ id: 'a', name: 'b' }] })).toThrow(
    /use bindings/,
  );
  const options = paketoEngine.parseOptions({ builder, bindings: [npm] });
  expect(options.secrets).toEqual([{ id: 'binding.npm..npmrc', name: 'npm-token' }]);
  // As they are stored, options are read again.
  expect(paketoEngine.parseOptions(options)).toEqual(options);
});

test('variables and bindings of request and build file are decided one by one', () => {
  const body = NewBuild.parse({
    method: 'paketo',
    source: { kind: 'git', url: 'https://git.test/a/b' },
    options: { builder, environment: { A: 'request' }, bindings: [npm] },
    build_file: {
      name: 'kiln.yaml',
      content: {
        ...{ version: 1, method: 'paketo', builder: 'r.test/other:1', buildpacks: ['a/b@1'] },
        env: { A: 'file', B: 'file' },
        bindings: [
          { ...npm, secrets: { '.npmrc': 'another', more: 'more' } },
          { name: 'ca', type: 'ca-certificates', secrets: { 'ca.pem': 'ca' } },
        ],
      },
    },
  });
  const layers = settingLayers(body, null);
  const { options, origins } = effectiveBuild(layers, BUILT_IN_LIMITS);
  expect(options).toMatchObject({
    ...{ builder, buildpacks: ['a/b@1'], environment: { A: 'request', B: 'file' } },
    secrets: [
      { id: 'binding.npm..npmrc', name: 'npm-token' },
      { id: 'binding.ca.ca.pem', name: 'ca' },
    ],
  });
  expect(origins).toMatchObject({
    ...{ 'environment.A': 'request', 'environment.B': 'build_file', builder: 'request' },
    ...{ 'bindings.npm': 'request', 'bindings.ca': 'build_file' },
  });
  // Who writes the source opens no secret of others by a binding.
  expect([...secretsOfFileAlone(layers)].sort()).toEqual(['another', 'ca', 'more']);
});

test('secrets of RUN steps in a build file do not fit', () => {
  const layers = {
    request: { method: 'paketo' as const, builder },
    build_file: { secrets: [{ id: 'token', name: 'token' }] },
  };
  expect(() => effectiveBuild(layers, BUILT_IN_LIMITS)).toThrow(/use bindings/);
});

test('the registries of builder and run image are judged, and their credentials may be had', () => {
  const options = paketoEngine.parseOptions({ builder, run_image: 'run.test/run' });
  expect(paketoEngine.registriesOf?.(options)).toEqual(['r.test', 'run.test']);
  const run = { options, staging: { repository: 'own.test/a-staging' }, repositories: [] };
  expect([...neededRegistries(run, [], [])]).toEqual(['own.test', 'r.test', 'run.test']);
});
