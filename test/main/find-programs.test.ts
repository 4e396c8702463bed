import { afterAll, beforeAll, expect, test } from 'vitest';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { findPrograms } from '../../src/main/find-programs.js';

let folder: string;
let program: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-buildctl-'));
  for (const name of ['a-folder/buildctl', 'no-program', 'bin'])
    mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'no-program', 'buildctl'), '', { mode: 0o644 });
  program = join(folder, 'bin', 'buildctl');
  writeFileSync(program, '', { mode: 0o755 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const searchPath = (): string =>
  ['relative', '/nonexistent', ...['a-folder', 'no-program', 'bin'].map((name) => join(folder, name))].join(
    ':',
  );

const NONE = {
  ...{ buildctlPath: undefined, buildahPath: undefined, runcPath: undefined, hadolintPath: undefined },
  ...{ packerPath: undefined, busyboxPath: undefined },
};
const find = (buildctlPath?: string, path?: string) => findPrograms({ ...NONE, buildctlPath }, path);

test('without a setting it is the first program of that name on the PATH, by its absolute path', async () => {
  expect(await find(undefined, searchPath())).toEqual({ buildctl: program });
});

test('a setting takes a path, absolute or not, and a name that the PATH leads to', async () => {
  expect(await find(program)).toEqual({ buildctl: program });
  expect(await find(relative(process.cwd(), program))).toEqual({ buildctl: program });
  expect(await find('buildctl', searchPath())).toEqual({ buildctl: program });
  const others = { ...NONE, buildahPath: program, runcPath: program, hadolintPath: program };
  const found = { buildah: program, runc: program, hadolint: program };
  expect(await findPrograms(others, '/nonexistent')).toEqual(found);
});

test('what cannot be started is not found, and nothing else is taken in its stead', async () => {
  expect(await find(join(folder, 'no-program', 'buildctl'), searchPath())).toEqual({});
  expect(await find(undefined, '/nonexistent')).toEqual({});
  expect(await find()).toEqual({});
});
