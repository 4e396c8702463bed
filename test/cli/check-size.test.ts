import { showLimits } from '../../src/api/handlers/limits/show-limits.js';
import { json, problem, type FakeApi } from './support/fake-api.js';
import { aFolderAndKiln, endsAs, success } from './support/fake-build.js';
import { runKiln } from './support/run-kiln.js';

let api: FakeApi;
let home: string;
let end: () => Promise<void>;
beforeEach(async () => {
  ({ api, home, end } = await aFolderAndKiln());
  api.on('GET /v1/projects/my-app', (_request, response) =>
    json(response, 200, { slug: 'my-app', defaults: {}, destinations: [] }),
  );
  endsAs(api, success);
});
afterEach(() => end());

const build = () => runKiln(['build', 'My App', '--json'], { apiUrl: api.url, cwd: home });
const limitTo = (project: Parameters<typeof showLimits>[0]['project'], installation = {}) =>
  api.on('GET /v1/limits', (_request, response) =>
    json(response, 200, showLimits({ tenant: {}, project }, installation, 'my-app')),
  );
const uploads = () => api.seen.filter(({ path }) => path.startsWith('/v1/uploads'));

test.each([
  [
    { context_max_bytes: 8 },
    {},
    'has 26 B: more than the limit context_max_bytes (8B, set for the project). Raise it: kiln limits set --project my-app context_max_bytes=VALUE',
  ],
  [
    {},
    { context_max_entries: 1 },
    'has 2 entries: more than the limit context_max_entries (1, set for the installation). The operator raises it with KILN_UPLOAD_MAX_ENTRIES',
  ],
])('a folder beyond a limit is refused before a byte is sent: %j %j', async (project, installation, text) => {
  limitTo(project, installation);
  const ran = await build();
  expect(ran.exitCode).toBe(2);
  expect(ran.stderr).toContain(text);
  expect(uploads()).toEqual([]);
  expect(api.requests('GET /v1/limits').map(({ query }) => query.toString())).toEqual(['project=my-app']);
});

test('the limits of the tenant are asked for where the project is not there yet', async () => {
  api.on('GET /v1/projects/my-app', (_request, response) => problem(response, 'not_found'));
  limitTo({});
  expect((await build()).exitCode).toBe(0);
  expect(api.requests('GET /v1/limits').map(({ query }) => query.toString())).toEqual(['project=my-app', '']);
});

test.each(['not_found', 'unavailable', 'internal'] as const)(
  'a build goes on, after one question, where the limits cannot be had: %s',
  async (code) => {
    api.on('GET /v1/limits', (_request, response) => problem(response, code));
    expect((await build()).exitCode).toBe(0);
    expect(api.requests('GET /v1/limits')).toHaveLength(1);
  },
);
