import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProgramDeclaration } from '../../../src/embedded/programs/declaration.js';
import { searchProgram } from '../../../src/embedded/programs/search.js';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kiln-search-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const program: ProgramDeclaration = {
  name: 'registry',
  setting: 'KILN_REGISTRY_PATH',
  binaries: ['registry', 'docker-registry'],
  versionArguments: ['--version'],
  readVersion: (output) => /^fake (\S+)/.exec(output)?.[1],
  accepts: { atLeast: '2' },
  bundles: [{ name: 'registry', version: '3.0', means: 'Go', install: async () => undefined }],
  remedy: 'Install it.',
};

async function aProgram(path: string, output: string): Promise<string> {
  const full = join(root, path);
  await mkdir(dirname(full), { recursive: true });
  await writeFile(full, `#!/bin/sh\necho '${output}'\n`);
  await chmod(full, 0o755);
  return full;
}

function search(configured?: string) {
  return searchProgram(program, {
    configured,
    searchPath: `${root}/one:${root}/two`,
    cacheFolder: `${root}/cache`,
  });
}

const cached = 'cache/tools/registry/3.0/bin/registry';

describe('the order of search', () => {
  test('a configured path comes before PATH', async () => {
    await aProgram('one/registry', 'fake 2.0');
    const configured = await aProgram('mine/registry', 'fake 2.1');

    const { found } = await search(configured);

    expect(found).toEqual({ path: configured, version: '2.1', origin: 'configured' });
  });

  test('PATH comes before the tool cache', async () => {
    await aProgram(cached, 'fake 3.0');
    const path = await aProgram('two/docker-registry', 'fake 2.0');

    const { found } = await search();

    expect(found).toEqual({ path, version: '2.0', origin: 'path' });
  });

  test('the tool cache is used when PATH has nothing', async () => {
    const path = await aProgram(cached, 'fake 3.0');

    const { found } = await search();

    expect(found).toEqual({ path, version: '3.0', origin: 'cache' });
  });
});

describe('what does not fit', () => {
  test('a version that is too old is passed over and named', async () => {
    const old = await aProgram('one/registry', 'fake 1.9');
    const fit = await aProgram('two/registry', 'fake 2.0');

    const outcome = await search();

    expect(outcome.found?.path).toBe(fit);
    expect(outcome.tried).toEqual([`${old} is version 1.9; needed is >= 2`]);
  });

  test('another program of the same name is passed over', async () => {
    await aProgram('one/registry', 'something else');

    const outcome = await search();

    expect(outcome.found).toBeUndefined();
    expect(outcome.tried[0]).toContain('is not a fit build');
  });

  test('a configured path that does not work is never replaced', async () => {
    await aProgram('one/registry', 'fake 2.0');

    const outcome = await search(join(root, 'nowhere'));

    expect(outcome.found).toBeUndefined();
    expect(outcome.configuredIsUnfit).toBe(true);
    expect(outcome.tried[0]).toContain('KILN_REGISTRY_PATH');
  });
});
