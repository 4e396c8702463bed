import { packerEngine } from '../../../src/engines/packer/engine.js';

test('the defaults are all templates of the source', () => {
  expect(packerEngine.parseOptions({})).toEqual({
    ...{ packer_template: '.', build_context: '.', build_args: {}, base_images: [], secrets: [] },
  });
});

test('the registries of base images are named, to be judged', () => {
  const options = packerEngine.parseOptions({ base_images: ['busybox', 'registry.test/base:1'] });
  expect(packerEngine.registriesOf?.(options)).toEqual(['docker.io', 'registry.test']);
});

test.each([
  [{ dockerfile: 'Dockerfile' }, /use packer_template/],
  [{ dockerfile_inline: 'FROM a' }, /use packer_template/],
  [{ target_stage: 'x' }, /target_stage belongs to a Dockerfile/],
  [{ cache_enabled: false }, /keeps no cache/],
  [{ cache_repo: 'r.test/c' }, /keeps no cache/],
  [{ environment: { A: '1' } }, /use build_args/],
  [{ platforms: ['linux/arm64'] }, /platforms belongs to buildx/],
  [{ artifacts: [{ name: 'a', target: 'b', path: '/c' }] }, /artifacts belongs to buildx/],
  [{ tests: { target: 'a' } }, /target belongs to buildx/],
  [{ else: 1 }, /Unknown option: "else"/],
] as const)('%j does not belong to the method and is refused with what to do', (options, message) => {
  expect(() => packerEngine.parseOptions(options)).toThrow(message);
});

test.each([
  [{ packer_template: '../other' }, /packer_template/],
  [{ packer_template: 'image.json' }, /named \*\.pkr\.hcl/],
  [{ build_args: { kiln_image: 'x' } }, /kiln_ are given by Kiln/],
  [{ secrets: [{ id: 'npm-token', name: 'a' }] }, /variable of the template/],
  [{ secrets: [{ id: 'kiln_image', name: 'a' }] }, /not kiln_/],
  [{ secrets: [{ id: 'a', name: 'a' }], build_args: { a: 'b' } }, /build_args has a variable a already/],
  [{ base_images: ['UPPER CASE'] }, /base_images/],
] as const)('%j is refused', (options, message) => {
  expect(() => packerEngine.parseOptions(options)).toThrow(message);
});

test.each(['.', 'images', 'images/app.pkr.hcl', 'app.pkr.json', 'source "null" "x" {}'])(
  'the template %s is taken',
  (template) => {
    expect(packerEngine.parseOptions({ packer_template: template })).toMatchObject({
      packer_template: template,
    });
  },
);
