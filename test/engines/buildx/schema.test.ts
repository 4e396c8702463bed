import fc from 'fast-check';
import { KilnError } from '../../../src/domain/errors.js';
import { buildxEngine } from '../../../src/engines/buildx/engine.js';

function refusal(options: unknown): { message: string; fields: string[] } {
  try {
    buildxEngine.parseOptions(options);
  } catch (error) {
    if (error instanceof KilnError && error.code === 'invalid_request') {
      return { message: error.message, fields: error.fields.map(({ field }) => field) };
    }
    throw error;
  }
  return { message: 'accepted', fields: [] };
}

describe('options of buildx', () => {
  test('have defaults for everything', () => {
    expect(buildxEngine.parseOptions({})).toEqual({
      dockerfile: 'Dockerfile',
      build_context: '.',
      build_args: {},
      cache_enabled: true,
      cache_from: [],
      cache_to: [],
      secrets: [],
      ssh: [],
      platforms: [],
      artifacts: [],
    });
  });

  test('name the Dockerfile that is to be judged', () => {
    const build_args = { TAG: '12' };
    const platforms = ['linux/arm64'];
    const options = {
      build_context: 'app',
      dockerfile: 'Dockerfile.dev',
      target_stage: 'test',
      build_args,
      platforms,
    };
    expect(buildxEngine.dockerfileOf?.(buildxEngine.parseOptions(options))).toEqual({
      context: 'app',
      path: 'Dockerfile.dev',
      namedStages: [{ field: 'target_stage', target: 'test' }],
      inline: null,
      target: 'test',
      buildArgs: build_args,
      platforms: ['linux/arm64'],
      alsoBuilt: [],
      replaced: {},
    });
  });

  test.each([
    ['a path that leads out', { dockerfile: '../x/Dockerfile' }, 'dockerfile', /leads out/],
    ['an absolute path', { dockerfile: '/etc/passwd' }, 'dockerfile', /leads out/],
    ['".." in the middle of the context', { build_context: 'a/../../b' }, 'build_context', /leads out/],
    ['a leading dash in a path', { build_context: '--flag' }, 'build_context', /begin with "-"/],
    ['NUL in a path', { dockerfile: 'Docker\0file' }, 'dockerfile', /not a usable path/],
    ['a newline in a path', { dockerfile: 'a\nb' }, 'dockerfile', /not a usable path/],
    [
      'the syntax build argument',
      { build_args: { BUILDKIT_SYNTAX: 'evil/x' } },
      'build_args.BUILDKIT_SYNTAX',
      /reserved/,
    ],
    [
      'it in lower case',
      { build_args: { buildkit_syntax: 'evil/x' } },
      'build_args.buildkit_syntax',
      /reserved/,
    ],
    [
      'the cache namespace',
      { build_args: { BUILDKIT_CACHE_MOUNT_NS: 'b' } },
      'build_args.BUILDKIT_CACHE_MOUNT_NS',
      /reserved/,
    ],
    ['an argument name with =', { build_args: { 'A=B': 'x' } }, 'build_args.A=B', /letters, digits/],
    ['NUL in an argument', { build_args: { A: 'x\0' } }, 'build_args.A', /NUL/],
    ['a target with a comma', { target_stage: 'a,b' }, 'target_stage', /stage is named/],
    ['a target with a dash first', { target_stage: '-x' }, 'target_stage', /stage is named/],
    [
      'a cache on the disk of the host',
      { cache_from: ['type=local,src=/etc'] },
      'cache_from.0',
      /has a name, and no path of the build host/,
    ],
    [
      'a path in the name of a local cache',
      { cache_to: ['type=local,name=../x'] },
      'cache_to.0',
      /is named with/,
    ],
    ['a cache of another kind', { cache_to: ['type=s3,bucket=b'] }, 'cache_to.0', /no cache of type "s3"/],
    ['an inline cache to read', { cache_from: ['type=inline'] }, 'cache_from.0', /name that image/],
    [
      'part of the stages in a cache',
      { cache_to: ['type=registry,ref=r.test/a,mode=min'] },
      'cache_to.0',
      /mode=max/,
    ],
    ['an attribute twice', { cache_to: ['type=registry,ref=r.test/a,ref=r.test/b'] }, 'cache_to.0', /once/],
    [
      'more attributes in a cache',
      { cache_to: ['r.test/a,mode=min'] },
      'cache_to.0',
      /not an image reference/,
    ],
    [
      'a secret id with a comma',
      { secrets: [{ id: 'a,src=/etc/shadow', name: 'x' }] },
      'secrets.0.id',
      /secret id/,
    ],
    ['the value of a secret', { secrets: [{ id: 'a', name: 'x', value: 's' }] }, 'secrets.0.value', /value/],
    [
      'two secrets of one id',
      {
        secrets: [
          { id: 'a', name: 'x' },
          { id: 'a', name: 'y' },
        ],
      },
      'secrets',
      /same id/,
    ],
    [
      'an SSH key by its file',
      { ssh: [{ id: 'default=/root/.ssh/id_rsa', name: 'x' }] },
      'ssh.0.id',
      /secret id/,
    ],
    [
      'two SSH keys of one id',
      {
        ssh: [
          { id: 'default', name: 'x' },
          { id: 'default', name: 'y' },
        ],
      },
      'ssh',
      /same id/,
    ],
    [
      'a platform twice',
      { platforms: ['linux/amd64', 'linux/arm64', 'linux/arm64/v8'] },
      'platforms',
      /named twice/,
    ],
    ['a platform with attributes', { platforms: ['linux/amd64,x=y'] }, 'platforms.0', /looks like/],
    ['an environment', { environment: { A: 'b' } }, 'environment', /no environment of its own/],
    ['extra builder flags', { privileged: true }, 'privileged', /Unknown option: "privileged"/],
    [
      'caches to read with the cache off',
      { cache_enabled: false, cache_from: ['r.test/a'] },
      'cache_from',
      /leave one/,
    ],
    [
      'a foreign frontend',
      { dockerfile_inline: '# syntax=evil.test/x\nFROM scratch' },
      'dockerfile_inline',
      /Line 1 asks/,
    ],
  ])('refuse %s and name the field', (_, options, field, message) => {
    const refused = refusal(options);
    expect(refused.message).toMatch(message);
    expect(refused.fields).toContain(field);
  });

  test('never let a cache reference carry another attribute', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const isAccepted = refusal({ cache_from: [text] }).message === 'accepted';
        return !isAccepted || !/[,"=\s]/.test(text);
      }),
    );
  });

  test('have one spelling of a cache, which reads as itself', () => {
    const given = [
      { type: 'registry', ref: 'r.test/a:1' },
      'type=registry,ref=r.test/a:1,mode=max',
      { type: 'local' },
      'type=local,name=main',
    ];
    const options = buildxEngine.parseOptions({ cache_from: given, cache_to: 'type=inline' });
    const once = ['r.test/a:1', 'r.test/a:1', 'type=local,name=default', 'type=local,name=main'];
    expect(options).toMatchObject({ cache_from: once, cache_to: 'type=inline' });
    expect(buildxEngine.parseOptions(options)).toEqual(options);
    expect(buildxEngine.registriesOf?.(options)).toEqual(['r.test', 'r.test']);
  });

  test('take artifacts and tests, with paths from the root of a stage, and name their stages to be judged', () => {
    const options = buildxEngine.parseOptions({
      artifacts: [{ name: 'app', target: 'build', path: './out//app/' }],
      tests: { target: 'check', reports: 'reports' },
    });
    expect(options).toMatchObject({
      artifacts: [{ name: 'app', target: 'build', path: '/out/app' }],
      tests: { target: 'check', reports: '/reports' },
    });
    expect(buildxEngine.dockerfileOf?.(options)?.alsoBuilt).toEqual(['check', 'build']);
  });

  test.each([
    [{ path: '/a/../b' }, 'holds no ".."'],
    [{ path: '/a/*.txt' }, 'one file or folder'],
    [{ path: '/$HOME' }, 'one file or folder'],
    [{ path: 'a"\n' }, 'one file or folder'],
    [{ name: '../x' }, 'An artifact is named'],
    [{ target: 'kiln-artifacts' }, 'reserved'],
    [{ target: '--x' }, 'A stage is named'],
  ])('refuse an artifact with %j', (wrong, message) => {
    const artifacts = [{ name: 'app', target: 'build', path: '/app', ...wrong }];
    expect(refusal({ artifacts }).message).toContain(message);
  });

  test('refuse two artifacts of one name, also where one is the reports of the tests', () => {
    const one = { name: 'test-report', target: 'build', path: '/app' };
    expect(refusal({ artifacts: [one, one] }).message).toContain('the same name');
    expect(refusal({ artifacts: [one], tests: { target: 'check', reports: 'r' } }).message).toContain(
      'another name',
    );
    expect(refusal({ artifacts: [one], tests: { target: 'check' } }).message).toBe('accepted');
  });
});
