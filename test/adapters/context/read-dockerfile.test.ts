import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkContext } from '../../../src/adapters/context/check-context.js';
import { readDockerfileFromArchive } from '../../../src/adapters/context/read-dockerfile.js';
import { makeArchive, temporaryFolder, type MadeEntry } from './archives.js';

describe('a Dockerfile in an archive', () => {
  let base: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    base = temporaryFolder();
  });
  afterEach(() => base.remove());

  const read = async (entries: readonly MadeEntry[], wanted = 'Dockerfile') =>
    readDockerfileFromArchive(await makeArchive(path.join(base.path, 'a'), entries), wanted);

  test('is found however its name is written', async () => {
    const entries = [
      { name: './src/', type: 'directory' as const },
      { name: './src/Dockerfile', content: 'FROM a' },
    ];
    expect(await read(entries, 'src//Dockerfile')).toBe('FROM a');
    expect(await read(entries, './src/Dockerfile')).toBe('FROM a');
  });

  test('is taken in lower case where there is no other', async () => {
    expect(await read([{ name: 'dockerfile', content: 'FROM a' }])).toBe('FROM a');
    const both = [
      { name: 'dockerfile', content: 'FROM a' },
      { name: 'Dockerfile', content: 'FROM b' },
    ];
    expect(await read(both)).toBe('FROM b');
  });

  test('may be a link within the context', async () => {
    const entries = [
      { name: 'a/Dockerfile', type: 'symlink' as const, linkname: '../b/file' },
      { name: 'b/file', content: 'FROM a' },
    ];
    expect(await read(entries, 'a/Dockerfile')).toBe('FROM a');
  });

  test('that is missing is said to be, with what is near', async () => {
    const entries = [
      { name: 'docker/Dockerfile.api', content: 'FROM a' },
      { name: 'x', content: '' },
    ];
    await expect(read(entries)).rejects.toMatchObject({
      code: 'dockerfile_missing',
      message: expect.stringMatching(/no Dockerfile .*docker\/Dockerfile\.api.*--file/) as unknown,
    });
  });

  test.each<[string, MadeEntry[], string]>([
    ['a path upwards', [{ name: 'x', content: '' }], '../Dockerfile'],
    ['an absolute path', [{ name: 'x', content: '' }], '/etc/passwd'],
    ['a link upwards', [{ name: 'Dockerfile', type: 'symlink', linkname: '../x' }], 'Dockerfile'],
    ['an absolute link', [{ name: 'Dockerfile', type: 'symlink', linkname: '/etc/passwd' }], 'Dockerfile'],
    [
      'an entry that leads out before it',
      [
        { name: '../x', content: '' },
        { name: 'Dockerfile', content: 'FROM a' },
      ],
      'Dockerfile',
    ],
  ])('is refused with %s', async (_, entries, wanted) => {
    await expect(read(entries, wanted)).rejects.toMatchObject({ code: 'path_escapes_context' });
  });

  test('is refused where links go round', async () => {
    const entries = [
      { name: 'Dockerfile', type: 'symlink' as const, linkname: 'b' },
      { name: 'b', type: 'symlink' as const, linkname: 'Dockerfile' },
    ];
    await expect(read(entries)).rejects.toMatchObject({ code: 'dockerfile_missing' });
  });

  test('is refused when it is no Dockerfile by size', async () => {
    await expect(
      read([{ name: 'Dockerfile', content: Buffer.alloc(1024 * 1024 + 1, '#') }]),
    ).rejects.toMatchObject({
      code: 'dockerfile_invalid',
    });
  });

  test('is refused in what is no archive', async () => {
    const file = path.join(base.path, 'text');
    writeFileSync(file, 'FROM scratch\n'.repeat(100));
    await expect(readDockerfileFromArchive(file, 'Dockerfile')).rejects.toMatchObject({
      code: 'context_invalid',
    });
  });
});

describe('an unpacked context', () => {
  let base: ReturnType<typeof temporaryFolder>;
  let context: string;
  beforeEach(() => {
    base = temporaryFolder();
    context = path.join(base.path, 'context');
    mkdirSync(path.join(context, 'app'), { recursive: true });
    writeFileSync(path.join(base.path, 'Dockerfile'), 'FROM outside\n');
  });
  afterEach(() => base.remove());

  test('passes with a good Dockerfile, also in a folder of it and by a link inside', async () => {
    writeFileSync(path.join(context, 'app', 'real'), 'FROM a AS x\n');
    symlinkSync('real', path.join(context, 'app', 'Dockerfile'));
    symlinkSync('app', path.join(context, 'alias'));
    await expect(checkContext(context, { build_context: 'alias', target_stage: 'x' })).resolves.toEqual({
      baseImage: { name: 'a', tag: 'latest' },
      registries: ['docker.io'],
    });
  });

  test.each([
    ['a folder by a link out', () => symlinkSync('..', path.join(context, 'l')), { build_context: 'l' }],
    [
      'a folder by an absolute link',
      () => symlinkSync('/etc', path.join(context, 'l')),
      { build_context: 'l' },
    ],
    ['a Dockerfile by a link out', () => symlinkSync('../Dockerfile', path.join(context, 'Dockerfile')), {}],
    [
      'a Dockerfile below a link out',
      () => symlinkSync('..', path.join(context, 'l')),
      { dockerfile: 'l/Dockerfile' },
    ],
    ['a Dockerfile above', () => undefined, { dockerfile: '../Dockerfile' }],
    ['a folder above', () => undefined, { build_context: 'app/../..' }],
  ])('is refused with %s', async (_, prepare, options) => {
    prepare();
    await expect(checkContext(context, options)).rejects.toMatchObject({ code: 'path_escapes_context' });
  });

  test('is refused with the problems of its Dockerfile', async () => {
    writeFileSync(path.join(context, 'Dockerfile'), 'FROM a\nRUNN x\n');
    await expect(checkContext(context, {})).rejects.toMatchObject({
      code: 'dockerfile_invalid',
      message: expect.stringContaining('line 2, column 1: Unknown instruction: RUNN') as unknown,
      fields: [{ field: 'dockerfile' }],
    });
  });

  test('is refused without a Dockerfile or the folder', async () => {
    await expect(checkContext(context, {})).rejects.toMatchObject({ code: 'dockerfile_missing' });
    await expect(checkContext(context, { build_context: 'nope' })).rejects.toMatchObject({
      code: 'context_invalid',
    });
    await expect(checkContext(context, { dockerfile: 'app' })).rejects.toMatchObject({
      code: 'dockerfile_missing',
    });
  });

  test('needs no Dockerfile when one is given inline', async () => {
    await expect(checkContext(context, { dockerfile_inline: 'FROM scratch' })).resolves.toMatchObject({
      baseImage: null,
    });
  });
});
