import { listBaseImageMoves, listWatchedImages } from '../../src/contracts/base-images.js';
import { updateProject } from '../../src/contracts/projects.js';
import { json, startFakeApi, type FakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

const [IMAGE] = listWatchedImages.example.answer.body.items as [never];
const [MOVE] = listBaseImageMoves.example.answer.body.items;
const PROJECT = updateProject.example.answer.body;

let api: FakeApi;
let isEmpty: boolean;
beforeEach(async () => {
  isEmpty = false;
  api = await startFakeApi();
  const items = (all: readonly unknown[]) => ({ items: isEmpty ? [] : all });
  api.on('GET /v1/base-images', (_request, response) => json(response, 200, items([IMAGE])));
  api.on('GET /v1/base-image-moves', (_request, response) => json(response, 200, items([MOVE])));
  api.on('POST /v1/base-images/check', (_request, response) =>
    json(response, 202, { images: isEmpty ? 0 : 1 }),
  );
  api.on(`POST /v1/base-image-moves/${MOVE!.id}/resume`, (_request, response) =>
    json(response, 200, { ...MOVE, status: 'open', reason: null }),
  );
  api.on('PATCH /v1/projects/hello', (_request, response) => json(response, 200, PROJECT));
});
afterEach(() => api.close());

const run = (...argv: string[]) => runKiln(['base-images', ...argv], { apiUrl: api.url });

it.each([[[]], [['list']]])(
  '`base-images %s` shows the tags, where they point, and who stands on them',
  async (argv) => {
    const { stdout, exitCode } = await run(...argv);
    expect(exitCode).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "docker.io/library/node:22 sha256:27c4f1d08e95, looked at 2026-05-04 11:00 UTC
        app#1  stands on it  sha256:5b7e90d3c1f2, which is not the newest
      "
    `);
    isEmpty = true;
    expect((await run(...argv)).stdout).toContain('`kiln base-images watch PROJECT`');
  },
);

it('`base-images moves` shows how far each project is, why a move is stopped and how it goes on', async () => {
  expect((await run('moves')).stdout).toMatchInlineSnapshot(`
    "docker.io/library/node:22 sha256:5b7e90d3c1f2 -> sha256:27c4f1d08e95 stopped, seen 2026-05-04 11:00 UTC
      canary app#1 failed at build (build_step_failed)
      kiln base-images resume 0199a6f0-bbbb-7000-8000-000000000001
      app#1  canary  failed
    "
  `);
  isEmpty = true;
  expect((await run('moves')).stdout).toBe('No base image of a watched project has moved.\n');
});

it('`base-images watch` and `unwatch` change the project', async () => {
  expect((await run('watch', 'hello', '--canary', '--branch', 'main')).exitCode).toBe(0);
  expect((await run('watch', 'hello')).stdout).toMatch(/ is watched; `kiln base-images check` looks now\n$/);
  expect((await run('unwatch', 'hello')).stdout).toMatch(/ is watched no more\n$/);
  expect(api.requests('PATCH /v1/projects/hello').map(({ body }) => JSON.parse(body) as unknown)).toEqual([
    { base_image_watch: { canary: true, branch: 'main' } },
    { base_image_watch: { canary: false, branch: null } },
    { base_image_watch: null },
  ]);
  expect((await run('watch', 'hello', '--branch', '')).stderr).toContain('--branch');
});

it('`base-images check` says how many tags are looked at, and where to see what came of it', async () => {
  expect((await run('check')).stdout).toContain('`kiln base-images moves`');
  isEmpty = true;
  expect((await run('check')).stdout).toContain('No tag is watched.');
});

it('`base-images resume` shows the move as it is now', async () => {
  const { stdout } = await run('resume', MOVE!.id);
  expect(stdout).toContain(' open');
  expect(stdout).not.toContain('kiln base-images resume');
});
