import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requireGit } from '../../../src/adapters/git/require-git.js';
import { fetcherFor } from './fetcher.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kiln-git-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A git that prints its version and notes what else it is asked. */
async function aGit(printed: string): Promise<string> {
  const program = path.join(folder, 'git');
  await writeFile(program, `#!/bin/sh\necho "$1" >> '${folder}/asked'\necho '${printed}'\n`, { mode: 0o755 });
  return program;
}

test('a git that does not know how to pin addresses fetches nothing', async () => {
  const gitProgram = await aGit('git version 2.36.9');
  const { fetch } = fetcherFor(folder, { gitProgram });

  await expect(fetch({ url: 'https://127.0.0.1/team/app.git' })).rejects.toMatchObject({
    code: 'git_outdated',
    message: expect.stringContaining('git 2.36.9'),
  });

  expect(await readFile(`${folder}/asked`, 'utf8')).toBe('version\n');
});

test.each(['git version 2.37.0', 'git version 2.45.1.windows.1', 'git version 3.0.0'])(
  '%s will do',
  async (printed) => {
    await expect(requireGit(await aGit(printed))).resolves.toBeUndefined();
  },
);

test('what is no git, or is not there, is program_missing', async () => {
  await expect(requireGit(await aGit('hello'))).rejects.toMatchObject({ code: 'program_missing' });
  await expect(requireGit(path.join(folder, 'none'))).rejects.toMatchObject({ code: 'program_missing' });
});
