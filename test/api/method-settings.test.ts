import { expect, it } from 'vitest';
import { settingsOfFile, BuildFile, type BuildFileInput } from '../../src/contracts/build-file.js';
import { effectiveBuild } from '../../src/contracts/effective-build.js';
import { Build } from '../../src/contracts/builds.js';
import { settingLayers } from '../../src/contracts/setting-layers.js';
import { refuseForeignPushes } from '../../src/domain/builds/destinations.js';
import { NewBuild } from '../../src/contracts/new-build.js';
import type { SettingLayers, Settings } from '../../src/domain/builds/settings.js';
import type { KilnError } from '../../src/domain/errors.js';
import { BUILT_IN_LIMITS } from '../../src/domain/limits/effective-limits.js';

const source = { kind: 'upload', upload_id: '7f1d2f4e-7d1c-4d3a-9a39-111111111111' };

const file = (said: Omit<BuildFileInput, 'version'>): Settings =>
  settingsOfFile(BuildFile.parse({ version: 1, ...said }));

function refusalOf(layers: SettingLayers): { message: string; fields: string[] } {
  try {
    effectiveBuild(layers, BUILT_IN_LIMITS);
  } catch (error) {
    const { message, fields } = error as KilnError;
    return { message, fields: fields.map(({ field }) => field) };
  }
  throw new Error('it was accepted');
}

it('makes a build of the method that the build file names when the request names none', () => {
  const build_file = file({ method: 'container', target: 'release', cache: { enabled: false } });
  const build = effectiveBuild({ request: { build_args: { A: '1' } }, build_file }, BUILT_IN_LIMITS);
  expect(build.method).toBe('container');
  expect(build.options).toEqual({
    dockerfile: 'Dockerfile',
    build_context: '.',
    build_args: { A: '1' },
    target_stage: 'release',
    cache_enabled: false,
    secrets: [],
  });
});

it.each([
  ['cache.from', { cache: { from: ['r.example/cache'] } }, 'cache_from'],
  ['cache.to', { cache: { to: 'r.example/cache' } }, 'cache_to'],
  ['cache.repo', { cache: { repo: 'r.example/cache' } }, 'cache_repo'],
  ['platforms', { platforms: ['linux/amd64'] }, 'platforms'],
])(
  'refuses %s in the build file of a method that does not have it, by its name there',
  (name, said, field) => {
    const refused = refusalOf({ build_file: file({ method: 'container', ...said }) });
    expect(refused.fields).toEqual([`options.${field}`]);
    expect(refused.message).toContain(`${name} in kiln.yaml does not fit`);
    expect(refused.message).toContain(`${field} belongs to`);
  },
);

it("says so when the project's defaults belong to another method than the request names", () => {
  const refused = refusalOf({
    request: { method: 'container' },
    project: { platforms: ['linux/amd64'] },
  });
  expect(refused.message).toContain("platforms in the project's defaults does not fit");
});

it('refuses options of another method in the request itself, by name', () => {
  const options = { cache_to: 'r.example/cache' };
  const [issue] = NewBuild.safeParse({ source, method: 'container', options }).error?.issues ?? [];
  expect(issue).toMatchObject({ code: 'unrecognized_keys', keys: ['cache_to'], path: ['options'] });
  expect(NewBuild.safeParse({ source, method: 'buildx', options }).success).toBe(true);
});

it.each(['buildx', 'paketo', 'packer'])(
  'leaves the options of a request to the method %s of its build file',
  (method) => {
    const options = { builder: 'r.example/builder:1' };
    const body = NewBuild.parse({
      source,
      options,
      build_file: { name: 'kiln.yaml', content: { version: 1, method } },
    });
    const layers = settingLayers(body, null);
    if (method === 'paketo') {
      const { origins } = effectiveBuild(layers, BUILT_IN_LIMITS);
      expect(origins).toMatchObject({ method: 'build_file', builder: 'request' });
    } else
      expect(refusalOf(layers)).toEqual({
        fields: ['options.builder'],
        message: 'builder: builder belongs to paketo: build with that method, or leave it out.',
      });
  },
);

it('shows records of a method that is not known here, and takes no request for one', () => {
  expect(Build.shape.build_method.safeParse('nix').success).toBe(true);
  expect(NewBuild.safeParse({ source, method: 'nix' }).success).toBe(false);
});

it('tells of a cache outside of the project what it is about', () => {
  const project = { destinations: [], imageRepository: 'r.example/app' };
  expect(() => refuseForeignPushes(file({ cache: { repo: 'other.example/cache' } }), project)).toThrow(
    'The build file keeps its cache (cache.repo) in other.example/cache, which is no repository of the project: r.example/app.',
  );
});
