import fs from 'node:fs';
import path from 'node:path';
import { PATHS } from '../../src/cli/ask-ahead.js';
import { urlOf } from '../../src/cli/client.js';
import { getLimits } from '../../src/contracts/limits.js';
import { getProject } from '../../src/contracts/projects.js';
import { getInstallation } from '../../src/contracts/service.js';
import type { FakeApi } from './support/fake-api.js';
import { aFolderAndKiln, endsAs, success } from './support/fake-build.js';
import { runKiln } from './support/run-kiln.js';

let api: FakeApi;
let home: string;
let end: () => Promise<void>;
beforeEach(async () => {
  ({ api, home, end } = await aFolderAndKiln());
  endsAs(api, success);
});
afterEach(() => end());

const build = (...argv: string[]) => runKiln(['build', 'My App', ...argv], { apiUrl: api.url, cwd: home });
const questions = () =>
  api.seen
    .map(({ method, path: place }) => `${method} ${place}`)
    .filter((one) => /^GET \/v1\/[^/]+(\/my-app)?$/.test(one));

test('the paths are those of the contracts', () => {
  const project = 'a b/c';
  expect(PATHS.project(project)).toBe(urlOf('', getProject, { params: { project } }));
  expect(PATHS.limits(project)).toBe(urlOf('', getLimits, { query: { project } }));
  expect(PATHS.installation).toBe(urlOf('', getInstallation, {}));
});

test('each question is asked once', async () => {
  expect((await build('--method', 'kaniko', '--json')).exitCode).toBe(0);
  expect(questions().sort()).toEqual(['GET /v1/installation', 'GET /v1/limits', 'GET /v1/projects/my-app']);
});

test('a command that is refused before it needs an answer waits for none', async () => {
  fs.rmSync(path.join(home, 'My App', 'Dockerfile'));
  api.on('GET /v1/projects/*', () => undefined);
  const ran = await build('-f', 'Dockerfile');
  expect(ran.exitCode).toBe(2);
  expect(ran.stderr).toContain('There is no Dockerfile');
});
