import { hasNeeds, labelsOf, needsOf, platformNeeds } from '../../../src/domain/dispatch/needs.js';

const amd = labelsOf({
  labels: { gpu: 'true', networks: 'none,egress' },
  zone: 'eu-1',
  platforms: ['linux/amd64'],
  emulated_platforms: ['linux/arm64'],
});
const arm = labelsOf({ labels: {}, zone: null, platforms: ['linux/arm64'] });

test.each([
  [{}, true],
  [{ gpu: 'true' }, true],
  [{ gpu: 'true', zone: 'eu-1' }, true],
  [{ gpu: 'false' }, false],
  [{ ssd: 'true' }, false],
  [{ zone: 'eu-2' }, false],
  [{ platform: 'linux/amd64' }, true],
  [{ platform: 'linux/arm64' }, false],
])('a build that needs %j of a host in eu-1 with a GPU: %s', (needs, fits) => {
  expect(hasNeeds(needsOf({ needs }), amd)).toBe(fits);
});

test('what nobody asked for is no need', () =>
  expect(needsOf({ needs: {}, network: 'default' })).toEqual({}));

test.each([
  [
    'one that runs it itself before one that emulates it',
    ['linux/arm64'],
    [amd, arm],
    { platforms: ['linux/arm64'] },
  ],
  ['one that emulates it where none runs it itself', ['linux/arm64'], [amd], { emulated: ['linux/arm64'] }],
  [
    'one for all of several',
    ['linux/amd64', 'linux/arm64'],
    [arm, amd],
    { emulated: ['linux/amd64', 'linux/arm64'] },
  ],
  ['any where none runs it in any way', ['linux/s390x'], [amd, arm], {}],
  ['any where none is known', ['linux/amd64'], [], {}],
])('the platforms of an image ask for %s', (_name, platforms, hosts, needs) => {
  expect(platformNeeds(platforms, hosts)).toEqual(needs);
});
