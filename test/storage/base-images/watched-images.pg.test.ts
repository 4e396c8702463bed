import { createProjectStore } from '../../../src/storage/identity/project-store.js';
import { A, aBaseImageWorld, B, X, Y } from '../../support/base-image-world.js';
import { aProject } from '../../support/builds.js';

const GIT = {
  source: {
    kind: 'git',
    ...{ url: 'https://git.example.com/app.git', ref: 'c'.repeat(40), folder: null },
    ...{ submodules: false, lfs: false, depth: null },
  },
  options: {},
  settingLayers: { request: { build_args: { A: '1' } }, build_file: { target_stage: 'old' } },
  git: { commit: null, branch: 'main', author: null, message: null },
} as const;

let world: Awaited<ReturnType<typeof aBaseImageWorld>>;
let kiln: Awaited<ReturnType<typeof world.aWatchingTenant>>;
beforeAll(async () => {
  world = await aBaseImageWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  kiln = await world.aWatchingTenant();
});

it('watches the tags of watched projects alone, and builds nothing where they have not moved', async () => {
  const app = await kiln.watched({ [X]: A, [Y]: { pinned: A } });
  const other = await kiln.watched({ [X]: A });
  await aProject(world.db, kiln.tenant);
  // Asked for once, with the credentials of both; what is pinned is not.
  expect((await kiln.rounds.begin(kiln.tenant.tenantId)).map(({ images }) => images)).toEqual([
    [{ reference: X, projectIds: [other.id, app.id] }],
  ]);
  await createProjectStore(world.db.api).update(kiln.tenant, other.id, { baseImageWatch: null } as never);
  expect(await kiln.seen({ [X]: A })).toBe(0);
  expect(await kiln.store.watched(kiln.tenant)).toMatchObject([
    { reference: X, digest: A, trouble: null, projects: [{ project: app.slug, buildNumber: 1, digest: A }] },
  ]);
  expect(await kiln.shown()).toEqual([]);
  await createProjectStore(world.db.api).update(kiln.tenant, app.id, { baseImageWatch: null } as never);
  expect(await kiln.store.watched(kiln.tenant)).toEqual([]);
  expect(await kiln.rounds.begin(kiln.tenant.tenantId)).toEqual([]);
});

it('believes no look that began before a newer one', async () => {
  await kiln.watched({ [X]: A });
  const [old] = await kiln.rounds.begin(kiln.tenant.tenantId);
  await kiln.seen({ [X]: A });
  expect((await kiln.rounds.record(old!, [{ reference: X, digest: B }])).moves).toBe(0);
  expect(await kiln.shown()).toEqual([]);
});

it('keeps why a registry told nothing, and leaves it alone as long as it has asked', async () => {
  await kiln.watched({ [X]: A });
  const [round] = await kiln.rounds.begin(kiln.tenant.tenantId);
  await kiln.rounds.record(round!, [{ reference: X, trouble: 'too many requests', pauseMs: 3_600_000 }]);
  expect(await kiln.store.watched(kiln.tenant)).toMatchObject([
    { digest: null, trouble: 'too many requests' },
  ]);
  expect((await kiln.rounds.begin(kiln.tenant.tenantId)).flatMap(({ images }) => images)).toEqual([]);
});

it('builds the branch as it is now with the settings that were asked for, and reads its build file again', async () => {
  await kiln.watched({ [X]: A }, { branch: 'main', build: GIT });
  await kiln.seen({ [X]: B });
  const buildId = await kiln.start((await kiln.advance())[0]!);
  expect(await kiln.builds.get(kiln.tenant, buildId)).toMatchObject({ branch: 'main', git_commit: null });
  const { source, layers } = await kiln.builds.config(kiln.tenant, buildId);
  expect(source).toMatchObject({ kind: 'git', ref: 'refs/heads/main' });
  expect(layers).toMatchObject({ request: { build_args: { A: '1' } } });
  expect(layers?.build_file).toBeUndefined();
});

it('does not watch a branch that the setting does not name, nor code of strangers', async () => {
  await kiln.watched({ [X]: A }, { branch: 'release', build: GIT });
  await kiln.watched({ [X]: A }, { build: { withoutSecrets: true } });
  expect(await kiln.store.watched(kiln.tenant)).toEqual([]);
});
