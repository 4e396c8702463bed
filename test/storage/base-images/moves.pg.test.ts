import { rebuildOnBase } from '../../../src/acceptance/rebuild-on-base.js';
import { KilnError } from '../../../src/domain/errors.js';
import type { DueRebuild, ImageMoves } from '../../../src/ports/base-images.js';
import type { AcceptBuild } from '../../../src/ports/records.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { startBaseImageMoves } from '../../../src/controller/base-image-moves.js';
import { createBaseImageStore } from '../../../src/storage/base-images/base-image-store.js';
import { createImageMoves } from '../../../src/storage/base-images/image-moves.js';
import { createImageRounds } from '../../../src/storage/base-images/image-rounds.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { openChangeFeed } from '../../../src/storage/change-feed.js';
import { type Database, openDatabase } from '../../../src/storage/database.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createProjectStore } from '../../../src/storage/identity/project-store.js';
import { createUploadStore } from '../../../src/storage/identity/upload-store.js';
import { acceptanceOn } from '../../support/acceptance.js';
import {
  aBuild,
  aDigest,
  aFailure,
  anImage,
  anOutcome,
  aProject,
  aTenant,
  aWorker,
  finish,
  takeUp,
} from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

const X = 'r.test/base/x:1';
const Y = 'r.test/base/y:1';
const [A, B, C] = ['a', 'b', 'c'].map((name) => aDigest(name)) as [string, string, string];
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

let db: FreshDatabase;
let acting: Database;
let tenant: TenantContext;
let worker: { workerId: string };
beforeAll(async () => {
  db = await freshDatabase();
  acting = openDatabase({ url: db.urls.controller, role: 'kiln_api' });
});
afterAll(async () => {
  await acting.destroy();
  await db.close();
});
beforeEach(async () => {
  tenant = await aTenant(db);
  worker = await aWorker(db, { tenantId: tenant.tenantId, slots: 20 });
});

const moves = (): ImageMoves => createImageMoves(db.controller);
const store = () => createBaseImageStore(db.api);
const builds = () => createBuildStore(db.api);
/** Those of other tests are left where they are. */
const advance = async (maxFailures = 3): Promise<DueRebuild[]> =>
  (await moves().advance(maxFailures)).filter(({ tenantId }) => tenantId === tenant.tenantId);
const shown = async () => store().moves(tenant, 100);
const states = async () =>
  (await shown()).map(({ status, projects }) => [status, ...projects.map(({ state }) => state)]);

type Used = Readonly<Record<string, string | { pinned: string }>>;

/** Runs a build to its end on these images, or lets it fail. */
async function end(buildId: string, used: Used | null): Promise<void> {
  const answer = await createDispatcher(db.controller).requestLease(buildId);
  if (answer.kind !== 'granted') throw new Error(`expected a grant, got ${answer.kind}`);
  const { holder } = await takeUp(db, worker.workerId, answer.lease);
  const recorder = createRecorder(db.controller);
  if (used === null) {
    await finish(db, holder, aFailure());
    await recorder.record(buildId, answer.lease, { kind: 'run_failed' });
  } else {
    const images = Object.entries(used).map(([reference, digest]) => ({
      reference,
      ...(typeof digest === 'string' ? { digest } : { digest: digest.pinned, isPinned: true as const }),
    }));
    const image = { ...anImage(buildId), baseImage: null };
    await finish(db, holder, anOutcome({ image, materials: { images, files: [] } }));
    await recorder.moveTags(answer.lease, async () => undefined);
    await recorder.record(buildId, answer.lease, { kind: 'published' });
  }
  await createDispatcher(db.controller).release(answer.lease);
}

/** A watched project whose newest success was made from these images. */
async function watched(
  used: Used,
  over: { canary?: boolean; branch?: string | null; build?: Partial<AcceptBuild> } = {},
) {
  const project = await aProject(db, tenant);
  const { canary = false, branch = null } = over;
  await createProjectStore(db.api).update(tenant, project.id, {
    baseImageWatch: { canary, branch },
  } as never);
  const build = await aBuild(db, tenant, project.id, {
    settingLayers: { request: { dockerfile_inline: 'FROM scratch' } },
    ...over.build,
  });
  await end(build.id, used);
  return project;
}

/** The registry says so in one round. */
async function seen(digests: Readonly<Record<string, string>>): Promise<number> {
  const rounds = createImageRounds(db.controller);
  const [round] = await rounds.begin(tenant.tenantId);
  if (round === undefined) return 0;
  const images = round.images.map(({ reference }) => ({ reference, digest: digests[reference] ?? A }));
  return (await rounds.record(round, images)).moves;
}

const accept = async (due: DueRebuild): Promise<string> => {
  const { build } = await rebuildOnBase(acceptanceOn(acting), due);
  return build.id;
};
const start = async (due: DueRebuild): Promise<string> => {
  const buildId = await accept(due);
  await moves().started(due.batchId, buildId);
  return buildId;
};

it('watches the tags of watched projects alone, and builds nothing where they have not moved', async () => {
  const app = await watched({ [X]: A, [Y]: { pinned: A } });
  await aProject(db, tenant);
  expect(await seen({ [X]: A })).toBe(0);
  expect(await store().watched(tenant)).toMatchObject([
    { reference: X, digest: A, trouble: null, projects: [{ project: app.slug, buildNumber: 1, digest: A }] },
  ]);
  expect(await shown()).toEqual([]);
  await createProjectStore(db.api).update(tenant, app.id, { baseImageWatch: null } as never);
  expect(await store().watched(tenant)).toEqual([]);
  expect(await createImageRounds(db.controller).begin(tenant.tenantId)).toEqual([]);
});

it('builds the canary first, which a setting names, and the others when it has succeeded', async () => {
  const canary = await watched({ [X]: A }, { canary: true });
  const others = [await watched({ [X]: A }), await watched({ [X]: A })];
  expect(await seen({ [X]: B })).toBe(1);
  expect(await seen({ [X]: B })).toBe(0);

  const [first, ...more] = await advance();
  expect([first?.projectId, more]).toEqual([canary.id, []]);
  const buildId = await start(first!);
  expect(await builds().get(tenant, buildId)).toMatchObject({
    trigger_type: 'git_event',
    trigger_source: `base image ${X} moved from ${A.slice(0, 19)} to ${B.slice(0, 19)}`,
  });
  expect(await advance()).toEqual([]);
  await end(buildId, { [X]: B });
  const rest = await advance();
  // The one that succeeded last comes before.
  expect(rest.map(({ projectId }) => projectId)).toEqual([others[1]!.id, others[0]!.id]);
  for (const due of rest) await end(await start(due), { [X]: B });
  expect(await advance()).toEqual([]);
  expect(await states()).toEqual([['done', 'success', 'success', 'success']]);
  expect(await seen({ [X]: B })).toBe(0);
});

it('makes one build of images that have moved together', async () => {
  await watched({ [X]: A, [Y]: A });
  expect(await seen({ [X]: B, [Y]: C })).toBe(2);
  const due = await advance();
  expect(due).toHaveLength(1);
  expect(due[0]!.moves).toEqual([
    { reference: X, from: A, to: B },
    { reference: Y, from: A, to: C },
  ]);
  await end(await start(due[0]!), { [X]: B, [Y]: C });
  await advance();
  expect(await states()).toEqual([
    ['done', 'success'],
    ['done', 'success'],
  ]);
});

it('stops when the canary fails, says why, and goes on when somebody resumes it', async () => {
  const other = await watched({ [X]: A });
  const canary = await watched({ [X]: A });
  await seen({ [X]: B });
  const [first] = await advance();
  await end(await start(first!), null);
  expect(await advance()).toEqual([]);
  const [move] = await shown();
  expect(move).toMatchObject({
    status: 'stopped',
    reason: `canary ${canary.slug}#2 failed at build (build_step_failed)`,
    projects: [{ isCanary: true, state: 'failed' }, { state: 'waiting' }],
  });
  expect(await seen({ [X]: B })).toBe(0);
  expect(await advance()).toEqual([]);

  expect(await store().resume(tenant, move!.id)).toMatchObject({ status: 'open', reason: null });
  expect((await advance()).map(({ projectId }) => projectId)).toEqual([other.id]);
  await expect(store().resume(tenant, move!.id)).rejects.toMatchObject({ code: 'conflict' });
  await expect(store().resume(await aTenant(db), move!.id)).rejects.toMatchObject({ code: 'not_found' });
});

it('stops after so many failures, and lets no more than that happen', async () => {
  for (let count = 0; count < 5; count += 1) await watched({ [X]: A });
  await seen({ [X]: B });
  await end(await start((await advance(2))[0]!), { [X]: B });
  const two = await advance(2);
  expect(two).toHaveLength(2);
  for (const due of two) await end(await start(due), null);
  expect(await advance(2)).toEqual([]);
  expect(await states()).toEqual([['stopped', 'success', 'failed', 'failed', 'waiting', 'waiting']]);
});

it('lets a move that goes on to another image take the place of the one before, and back again', async () => {
  await watched({ [X]: A });
  await watched({ [X]: A });
  await seen({ [X]: B });
  const [first] = await advance();
  const buildId = await start(first!);
  expect(await seen({ [X]: C })).toBe(1);
  await end(buildId, { [X]: B });
  const due = await advance();
  expect(due.map(({ moves: [move] }) => [move?.from, move?.to])).toEqual([[A, C]]);
  expect((await shown()).map(({ to, status, reason }) => [to, status, reason])).toEqual([
    [C, 'open', null],
    [B, 'superseded', `the tag points at ${C.slice(0, 19)} now`],
  ]);
  expect(await seen({ [X]: A })).toBe(1);
  expect((await shown())[0]).toMatchObject({ to: A, from: B, projects: [{ state: 'waiting' }] });
});

it('believes no look that began before a newer one', async () => {
  await watched({ [X]: A });
  const rounds = createImageRounds(db.controller);
  const [old] = await rounds.begin(tenant.tenantId);
  await seen({ [X]: A });
  expect((await rounds.record(old!, [{ reference: X, digest: B }])).moves).toBe(0);
  expect(await shown()).toEqual([]);
});

it('keeps why a registry told nothing, and leaves it alone as long as it has asked', async () => {
  await watched({ [X]: A });
  const rounds = createImageRounds(db.controller);
  const [round] = await rounds.begin(tenant.tenantId);
  await rounds.record(round!, [{ reference: X, trouble: 'too many requests', pauseMs: 3_600_000 }]);
  expect(await store().watched(tenant)).toMatchObject([{ digest: null, trouble: 'too many requests' }]);
  expect((await rounds.begin(tenant.tenantId)).flatMap(({ images }) => images)).toEqual([]);
});

it('makes one build where the controller was killed between its acceptance and the note of it', async () => {
  const app = await watched({ [X]: A });
  await seen({ [X]: B });
  const accepted = await accept((await advance())[0]!);
  const [again] = await advance();
  expect(await start(again!)).toBe(accepted);
  expect(await advance()).toEqual([]);
  expect(await builds().get(tenant, accepted)).toMatchObject({ build_number: 2, project_id: app.id });
});

it('gives two controllers the same build', async () => {
  await watched({ [X]: A });
  await seen({ [X]: B });
  const both = await Promise.all(Array.from({ length: 4 }, () => advance()));
  const ids = await Promise.all(both.flat().map(start));
  expect([ids.length, new Set(ids).size]).toEqual([4, 1]);
});

it('builds the branch as it is now with the settings that were asked for, and reads its build file again', async () => {
  await watched({ [X]: A }, { branch: 'main', build: GIT });
  await seen({ [X]: B });
  const buildId = await start((await advance())[0]!);
  expect(await builds().get(tenant, buildId)).toMatchObject({ branch: 'main', git_commit: null });
  const { source, layers } = await builds().config(tenant, buildId);
  expect(source).toMatchObject({ kind: 'git', ref: 'refs/heads/main' });
  expect(layers).toMatchObject({ request: { build_args: { A: '1' } } });
  expect(layers?.build_file).toBeUndefined();
});

it('does not watch a branch that the setting does not name, nor code of strangers', async () => {
  await watched({ [X]: A }, { branch: 'release', build: GIT });
  await watched({ [X]: A }, { build: { withoutSecrets: true } });
  expect(await store().watched(tenant)).toEqual([]);
});

it('skips a project whose upload is not kept any more, with the reason, and takes the next one as canary', async () => {
  const next = await watched({ [X]: A });
  const { id: uploadId } = await createUploadStore(db.api).record(tenant, {
    ...{ sha256: 'e'.repeat(64), sizeBytes: 1, entryCount: 1 },
  });
  await watched({ [X]: A }, { canary: true, build: { source: { kind: 'upload', upload_id: uploadId } } });
  await seen({ [X]: B });
  const outcomes: string[] = [];
  const feed = openChangeFeed({ url: db.urls.controller });
  const loop = startBaseImageMoves({
    imageMoves: {
      ...moves(),
      advance: async (most) =>
        (await moves().advance(most)).filter(({ tenantId }) => tenantId === tenant.tenantId),
    },
    feed,
    rebuild: async (due) => {
      const files = { open: () => Promise.reject(new KilnError('not_found')) };
      return (await rebuildOnBase({ ...acceptanceOn(acting), files }, due)).build.id;
    },
    maxFailures: 3,
    seen: (outcome) => outcomes.push(outcome),
    log: { error: (fields) => outcomes.push(String(fields['err'])) },
  });
  while ((await shown())[0]?.projects[1]?.buildId == null)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const [{ projects }] = (await shown()) as [Awaited<ReturnType<typeof shown>>[number]];
  expect(projects[0]).toMatchObject({ state: 'skipped', isCanary: false });
  expect(projects[0]?.reason).toContain('are not kept any more');
  expect(projects[1]).toMatchObject({ project: next.slug, isCanary: true, state: 'running' });
  // The end of the canary rings.
  await end(projects[1]!.buildId!, { [X]: B });
  while ((await states())[0]?.[0] !== 'done') await new Promise((resolve) => setTimeout(resolve, 20));
  expect(outcomes).toEqual(['skipped', 'started']);
  await loop.stop();
  await feed.close();
});
