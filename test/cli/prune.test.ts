import { createStyle } from '../../src/cli/terminal/style.js';
import { imageListLines } from '../../src/cli/views/image-list.js';
import { IMAGE } from '../../src/contracts/examples/images.js';
import { json, startFakeApi, type FakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi();
});
afterEach(() => api.close());

const ID = '0198f4a2-2222-7000-8000-000000000001';
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const going = (letter: string) => ({
  image_id: ID,
  manifest_digest: digest(letter),
  repositories: ['r.example/app'],
  tags: ['r.example/app:3'],
  branches: ['main'],
  last_published_at: '2026-05-04T10:00:00.000Z',
  because: 'it is number 4 of the branch main, and nothing uses it',
  absent_from: [] as string[],
  in_use_in: [] as { repository: string; because: string }[],
});
const staying = (letter: string, because: string, tags = ['r.example/app:latest']) => ({
  image_id: ID,
  manifest_digest: digest(letter),
  tags,
  last_published_at: '2026-05-05T10:00:00.000Z',
  because,
});
const STAYS = [
  staying('e', 'it is the newest of the branch main'),
  staying('f', 'the tag production points at it', []),
];

/** A Kiln whose project `app` lets so many images go, and whose prune ends as given. */
function lets(goes: object[], ending: object = {}, found: object = {}): void {
  const prune = {
    id: ID,
    completed_at: '2026-05-05T10:00:00.000Z',
    removed: [],
    kept: [],
    troubles: [],
    ...ending,
  };
  api.on('GET /v1/projects/app/prune', (_request, response) =>
    json(response, 200, {
      ...{ retention: {}, goes, stays: STAYS, freed_bytes: 12_000_000, shared_bytes: 3_000_000 },
      troubles: [],
      ...found,
    }),
  );
  api.on('POST /v1/projects/app/prune', (_request, response) =>
    json(response, 202, { ...prune, completed_at: null }),
  );
  api.on(`GET /v1/prunes/${ID}`, (_request, response) => json(response, 200, prune));
}

const prune = (...args: string[]) => runKiln(['images', 'prune', ...args], { apiUrl: api.url });

test('`images prune --dry-run` asks the registries, shows what would go and stay with why, and removes nothing', async () => {
  lets([
    going('a'),
    {
      ...going('b'),
      repositories: ['r.example/app', 'r.example/old', 'r.example/other'],
      absent_from: ['r.example/old'],
      in_use_in: [{ repository: 'r.example/other', because: 'the tag prod points at it' }],
    },
  ]);
  const ran = await prune('app', '--dry-run');
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  expect(ran.stdout).toBe(
    [
      'app: 2 images go, 2 stay',
      '  sha256:aaaaaaaaaaaa 2026-05-04 r.example/app:3',
      '    it is number 4 of the branch main, and nothing uses it',
      '  sha256:bbbbbbbbbbbb 2026-05-04 r.example/app:3 (not in r.example/old any more; stays in r.example/other: the tag prod points at it)',
      '    it is number 4 of the branch main, and nothing uses it',
      '  frees 12.0 MB of layers; 3.0 MB stay, which other images have too',
      '  what stays:',
      '  sha256:eeeeeeeeeeee 2026-05-05 r.example/app:latest',
      '    it is the newest of the branch main',
      '  sha256:ffffffffffff 2026-05-05 (no tag)',
      '    the tag production points at it',
      '',
    ].join('\n'),
  );
  expect(api.requests('GET /v1/projects/app/prune')[0]?.query.get('ask_registries')).toBe('true');
  expect(api.requests('POST /v1/projects/app/prune')).toEqual([]);
});

test('`images prune --dry-run` tells which registry could not be asked', async () => {
  const trouble = {
    repository: 'r.example/app',
    code: 'registry_unreachable',
    message: 'It is away.',
    fix: 'Try later.',
  };
  lets([going('a')], {}, { troubles: [trouble] });
  expect((await prune('app', '--dry-run')).stdout).toContain(
    '  ✗ r.example/app: It is away.\n    Try later.\n',
  );
});

test('`images prune` without a person to ask removes nothing until it is told to', async () => {
  lets([going('a')]);
  const ran = await prune('app');
  expect(ran.exitCode).toBe(2);
  expect(ran.stderr).toContain('--yes');
  expect(api.requests('POST /v1/projects/app/prune')).toEqual([]);
});

test('`images prune --yes` tells what was removed, what a tag kept, and what a registry refused', async () => {
  const named = { repository: 'r.example/app' };
  lets([going('a'), going('b'), going('c')], {
    removed: [{ ...named, manifest_digest: digest('a'), tags: ['3'] }],
    kept: [{ ...named, manifest_digest: digest('b'), because: 'the tag prod points at it' }],
    troubles: [
      { ...named, code: 'registry_keeps_images', message: 'It answered 405.', fix: 'Allow it there.' },
    ],
  });
  const ran = await prune('app', '--yes');
  expect(ran.exitCode).toBe(1);
  expect(ran.stdout).toContain(
    [
      'app: 1 image removed',
      '  sha256:bbbbbbbbbbbb stays in r.example/app: the tag prod points at it',
      '  ✗ r.example/app: It answered 405.',
      '    Allow it there.',
    ].join('\n'),
  );
});

test('`images prune` without a project goes through those with a retention', async () => {
  lets([]);
  const items = [
    { slug: 'app', retention: { keep_newest: 1 } },
    { slug: 'other', retention: null },
  ];
  api.on('GET /v1/projects', (_request, response) => json(response, 200, { items, next_cursor: null }));
  const ran = await prune('--json');
  expect(ran.exitCode).toBe(0);
  expect(JSON.parse(ran.stdout).projects).toMatchObject([{ project: 'app', preview: { goes: [] } }]);
});

describe('kiln projects set', () => {
  const set = async (...options: string[]) => {
    const retention = {
      ...{ keep_newest: 10, older_than_seconds: 2_592_000 },
      ...{ protected_tags: ['v*'], expendable_tags: ['pr-*', 'build-*'] },
    };
    api.on('PATCH /v1/projects/app', (_request, response) =>
      json(response, 200, { slug: 'app', image_repository: 'r.example/app', destinations: [], retention }),
    );
    const ran = await runKiln(['projects', 'set', 'app', ...options], { apiUrl: api.url });
    const [request] = api.requests('PATCH /v1/projects/app');
    return { ...ran, body: request === undefined ? null : JSON.parse(request.body) };
  };

  it('sets which images stay, and shows it in words', async () => {
    const ran = await set('--keep-newest', '10', '--older-than', '30d', '--protect-tag', 'v*');
    expect(ran.body).toEqual({
      retention: { keep_newest: 10, older_than_seconds: 2_592_000, protected_tags: ['v*'] },
    });
    expect(ran.stdout).toContain(
      'published images are removed but for the 10 newest of each branch, what was published in the last 30d, what is tagged v*, and what is in use\n  tags like pr-* or build-* keep no image',
    );
  });

  it('takes one rule back, or all', async () => {
    expect((await set('--older-than', 'none')).body).toEqual({ retention: { older_than_seconds: null } });
    api.seen.length = 0;
    expect((await set('--no-retention')).body).toEqual({ retention: null });
  });

  it('protects no tags any more', async () => {
    expect((await set('--protect-tag', 'none')).body).toEqual({ retention: { protected_tags: [] } });
  });

  it('names the tags that keep no image', async () => {
    const ran = await set('--expendable-tag', 'pr-*', '--expendable-tag', 'build-*');
    expect(ran.body).toEqual({ retention: { expendable_tags: ['pr-*', 'build-*'] } });
    api.seen.length = 0;
    expect((await set('--expendable-tag', 'none')).body).toEqual({ retention: { expendable_tags: [] } });
  });

  it('refuses a pattern that no tag can match, and rules for none', async () => {
    expect(await set('--protect-tag', 'a b')).toMatchObject({ exitCode: 2, body: null });
    expect(await set('--no-retention', '--keep-newest', '3')).toMatchObject({ exitCode: 2, body: null });
  });
});

test('`images` says of an image that was removed since when it is deleted', () => {
  const canvas = { columns: 200, nowMs: Date.parse(IMAGE.last_built_at), style: createStyle(false) };
  const [, shown] = imageListLines([{ ...IMAGE, tags: [], deleted_at: '2026-05-05T03:17:00.000Z' }], canvas);
  expect(shown).toContain('deleted 2026-05-05');
});
