import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NO_GIT_FACTS, readGitFacts } from '../../src/cli/git-facts.js';
import { git, Repository } from '../support/git-repository.js';

let folder: string;
let commit: string;
const file = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kiln-facts-'));
  commit = new Repository(folder).commit(
    { 'app/Dockerfile': 'FROM scratch\n', '.gitignore': 'out\n' },
    'First',
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const clean = () => ({ commit, branch: 'main', author: 'Ada Example', message: 'First' });
const changed = { ...NO_GIT_FACTS, branch: 'main' };

test('a folder as it was committed has its commit, whatever lies beside it', async () => {
  file('new', 'x');
  expect(await readGitFacts(path.join(folder, 'app'))).toEqual(clean());
  expect(await readGitFacts(folder)).toEqual(changed);
});

test.each([
  ['a change', () => file('app/Dockerfile', 'FROM scratch\nLABEL a=b\n')],
  ['a new file', () => file('app/new', 'x')],
  ['a removed file', () => rmSync(path.join(folder, 'app/Dockerfile'))],
  ['a staged file', () => (file('app/new', 'x'), git(folder, 'add', 'app/new'))],
])('a folder with %s comes from no commit', async (_what, change) => {
  file('app/other', '');
  git(folder, 'add', '.');
  git(folder, 'commit', '--quiet', '-m', 'Second');
  change();
  expect(await readGitFacts(path.join(folder, 'app'))).toEqual(changed);
});

test.each(['fresh', 'out'])(
  'a folder that no commit has (%s) says nothing of the checkout around it',
  async (name) => {
    mkdirSync(path.join(folder, name));
    file(`${name}/Dockerfile`, 'FROM scratch\n');
    expect(await readGitFacts(path.join(folder, name))).toEqual(NO_GIT_FACTS);
  },
);

test('a filter that the repository names is not run', async () => {
  const proof = path.join(folder, 'proof');
  file('.gitattributes', '* filter=evil\n');
  git(folder, 'add', '.');
  git(folder, 'commit', '--quiet', '-m', 'Filtered');
  git(folder, 'config', 'filter.evil.clean', `touch ${proof}; cat`);
  file('app/Dockerfile', 'FROM scratch \n');
  expect(await readGitFacts(path.join(folder, 'app'))).toEqual(changed);
  expect(() => rmSync(proof)).toThrow('ENOENT');
});
