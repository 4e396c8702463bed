import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkContext } from '../../../src/adapters/context/check-context.js';
import { NO_PROXIES } from '../../../src/domain/network/proxy.js';
import { temporaryFolder } from './archives.js';

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

  describe('with RUN for a platform', () => {
    const check = (runnable: readonly string[] | null, platforms: string[]) => {
      writeFileSync(path.join(context, 'Dockerfile'), 'FROM base\nCOPY a /\nRUN make\n');
      return checkContext(context, { platforms }, undefined, () => Promise.resolve(runnable));
    };

    test('is refused where the builder cannot run it, with line and platform', async () => {
      await expect(check(['linux/amd64'], ['linux/amd64', 'linux/arm64'])).rejects.toMatchObject({
        code: 'platform_not_runnable',
        message: expect.stringContaining('RUN at line 3 is for linux/arm64'),
        fields: [{ field: 'dockerfile', message: 'line 3: linux/arm64' }],
      });
    });

    test('asks anew before it refuses, and only then', async () => {
      writeFileSync(path.join(context, 'Dockerfile'), 'FROM base\nRUN make\n');
      const asked: boolean[] = [];
      const learned = (isAnew: boolean) => {
        asked.push(isAnew);
        return Promise.resolve(isAnew ? ['linux/amd64', 'linux/arm64'] : ['linux/amd64']);
      };
      await checkContext(context, { platforms: ['linux/amd64'] }, undefined, learned);
      expect(asked).toEqual([false]);
      await expect(
        checkContext(context, { platforms: ['linux/arm64'] }, undefined, learned),
      ).resolves.toBeDefined();
      expect(asked).toEqual([false, false, true]);
    });

    test('passes where the builder can, and where it does not say what it can', async () => {
      await expect(check(['linux/amd64', 'linux/arm64'], ['linux/arm64'])).resolves.toBeDefined();
      await expect(check(null, ['linux/arm64'])).resolves.toBeDefined();
    });
  });

  test('passes with a good Dockerfile, also in a folder of it and by a link inside', async () => {
    writeFileSync(path.join(context, 'app', 'real'), 'FROM a AS x\n');
    symlinkSync('real', path.join(context, 'app', 'Dockerfile'));
    symlinkSync('app', path.join(context, 'alias'));
    await expect(checkContext(context, { build_context: 'alias', target_stage: 'x' })).resolves.toEqual({
      text: 'FROM a AS x\n',
      baseImage: { name: 'a', tag: 'latest' },
      images: ['a'],
      registries: ['docker.io'],
      sourceHosts: [],
      remoteFiles: [],
      ignoreFiles: {},
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
    await expect(checkContext(context, { dockerfile_inline: 'FROM scratch' })).resolves.toEqual({
      text: 'FROM scratch',
      baseImage: null,
      images: [],
      registries: [],
      sourceHosts: [],
      remoteFiles: [],
      ignoreFiles: {},
    });
  });

  test.each([
    ['a private address', ['10.0.0.7']],
    ['a public and a private one', ['93.184.216.34', '10.0.0.7']],
  ])('is refused when ADD names a host that has %s', async (_what, addresses) => {
    const dockerfile_inline = 'FROM scratch\nADD https://files.example/x /';
    const reach = { allowedNetworks: [], proxies: NO_PROXIES, resolve: () => Promise.resolve(addresses) };

    await expect(checkContext(context, { dockerfile_inline }, reach)).rejects.toMatchObject({
      code: 'host_not_allowed',
      message: expect.stringMatching(/line 2, column 5: .*10\.0\.0\.7/),
    });
  });

  test('tells the hosts that ADD may fetch from', async () => {
    const dockerfile_inline = 'FROM scratch\nADD https://files.example/x https://files.example/y /';
    const reach = {
      ...{ allowedNetworks: [], proxies: NO_PROXIES },
      resolve: () => Promise.resolve(['93.184.216.34']),
    };

    await expect(checkContext(context, { dockerfile_inline }, reach)).resolves.toMatchObject({
      sourceHosts: ['files.example'],
    });
  });
});
