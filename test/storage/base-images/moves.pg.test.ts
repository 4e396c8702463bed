import { rebuildOnBase } from '../../../src/acceptance/rebuild-on-base.js';
import { startBaseImageMoves } from '../../../src/controller/base-image-moves.js';
import { KilnError } from '../../../src/domain/errors.js';
import { openChangeFeed } from '../../../src/storage/change-feed.js';
import { createUploadStore } from '../../../src/storage/identity/upload-store.js';
import { acceptanceOn } from '../../support/acceptance.js';
import { A, aBaseImageWorld, B, C, X, Y } from '../../support/base-image-world.js';
import { aBuild, aTenant } from '../../support/builds.js';

let world: Awaited<ReturnType<typeof aBaseImageWorld>>;
let kiln: Awaited<ReturnType<typeof world.aWatchingTenant>>;
beforeAll(async () => {
  world = await aBaseImageWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  kiln = await world.aWatchingTenant();
});

it('builds the canary first, which a setting names, and the others when it has succeeded', async () => {
  const canary = await kiln.watched({ [X]: A }, { canary: true });
  const others = [await kiln.watched({ [X]: A }), await kiln.watched({ [X]: A })];
  expect(await kiln.seen({ [X]: B })).toBe(1);
  expect(await kiln.seen({ [X]: B })).toBe(0);

  const [first, ...more] = await kiln.advance();
  expect([first?.projectId, more]).toEqual([canary.id, []]);
  const buildId = await kiln.start(first!);
  expect(await kiln.builds.get(kiln.tenant, buildId)).toMatchObject({
    trigger_type: 'git_event',
    trigger_source: `base image ${X} moved from ${A.slice(0, 19)} to ${B.slice(0, 19)}`,
  });
  expect(await kiln.advance()).toEqual([]);
  await kiln.end(buildId, { [X]: B });
  const rest = await kiln.advance();
  // The one that succeeded last comes before.
  expect(rest.map(({ projectId }) => projectId)).toEqual([others[1]!.id, others[0]!.id]);
  for (const due of rest) await kiln.end(await kiln.start(due), { [X]: B });
  expect(await kiln.advance()).toEqual([]);
  expect(await kiln.states()).toEqual([['done', 'success', 'success', 'success']]);
  expect(await kiln.seen({ [X]: B })).toBe(0);
});

it('makes one build of images that have moved together', async () => {
  await kiln.watched({ [X]: A, [Y]: A });
  expect(await kiln.seen({ [X]: B, [Y]: C })).toBe(2);
  const due = await kiln.advance();
  expect(due).toHaveLength(1);
  expect(due[0]!.moves).toEqual([
    { reference: X, from: A, to: B },
    { reference: Y, from: A, to: C },
  ]);
  await kiln.end(await kiln.start(due[0]!), { [X]: B, [Y]: C });
  await kiln.advance();
  expect(await kiln.states()).toEqual([
    ['done', 'success'],
    ['done', 'success'],
  ]);
});

it('stops when the canary fails, says why, and goes on when somebody resumes it', async () => {
  const other = await kiln.watched({ [X]: A });
  const canary = await kiln.watched({ [X]: A });
  await kiln.seen({ [X]: B });
  const [first] = await kiln.advance();
  await kiln.end(await kiln.start(first!), null);
  expect(await kiln.advance()).toEqual([]);
  const [move] = await kiln.shown();
  expect(move).toMatchObject({
    status: 'stopped',
    reason: `canary ${canary.slug}#2 failed at build (build_step_failed)`,
    projects: [{ isCanary: true, state: 'failed' }, { state: 'waiting' }],
  });
  expect(await kiln.seen({ [X]: B })).toBe(0);
  expect(await kiln.advance()).toEqual([]);

  expect(await kiln.store.resume(kiln.tenant, move!.id)).toMatchObject({ status: 'open', reason: null });
  expect((await kiln.advance()).map(({ projectId }) => projectId)).toEqual([other.id]);
  await expect(kiln.store.resume(kiln.tenant, move!.id)).rejects.toMatchObject({ code: 'conflict' });
  await expect(kiln.store.resume(await aTenant(world.db), move!.id)).rejects.toMatchObject({
    code: 'not_found',
  });
});

it('stops after so many failures, and lets no more than that happen', async () => {
  for (let count = 0; count < 5; count += 1) await kiln.watched({ [X]: A });
  await kiln.seen({ [X]: B });
  await kiln.end(await kiln.start((await kiln.advance(2))[0]!), { [X]: B });
  const two = await kiln.advance(2);
  expect(two).toHaveLength(2);
  for (const due of two) await kiln.end(await kiln.start(due), null);
  expect(await kiln.advance(2)).toEqual([]);
  expect(await kiln.states()).toEqual([['stopped', 'success', 'failed', 'failed', 'waiting', 'waiting']]);
});

it('lets a move that goes on to another image take the place of the one before, and back again', async () => {
  await kiln.watched({ [X]: A });
  await kiln.watched({ [X]: A });
  await kiln.seen({ [X]: B });
  const [first] = await kiln.advance();
  const buildId = await kiln.start(first!);
  expect(await kiln.seen({ [X]: C })).toBe(1);
  await kiln.end(buildId, { [X]: B });
  const due = await kiln.advance();
  expect(due.map(({ moves: [move] }) => [move?.from, move?.to])).toEqual([[A, C]]);
  expect((await kiln.shown()).map(({ to, status, reason }) => [to, status, reason])).toEqual([
    [C, 'open', null],
    [B, 'superseded', `the tag points at ${C.slice(0, 19)} now`],
  ]);
  expect(await kiln.seen({ [X]: A })).toBe(1);
  expect((await kiln.shown())[0]).toMatchObject({ to: A, from: B, projects: [{ state: 'waiting' }] });
});

it('makes one build where the controller was killed between its acceptance and the note of it', async () => {
  const app = await kiln.watched({ [X]: A });
  await kiln.seen({ [X]: B });
  const accepted = await kiln.accept((await kiln.advance())[0]!);
  const [again] = await kiln.advance();
  expect(await kiln.start(again!)).toBe(accepted);
  expect(await kiln.advance()).toEqual([]);
  expect(await kiln.builds.get(kiln.tenant, accepted)).toMatchObject({ build_number: 2, project_id: app.id });
});

it('says what became of a build that nobody lived to note, also where the tag has moved on', async () => {
  await kiln.watched({ [X]: A });
  await kiln.seen({ [X]: B });
  const accepted = await kiln.accept((await kiln.advance())[0]!);
  await kiln.seen({ [X]: C });
  await kiln.end(accepted, { [X]: B });
  expect((await kiln.shown())[1]).toMatchObject({
    ...{ to: B, status: 'superseded' },
    projects: [{ buildId: accepted, buildNumber: 2, state: 'success' }],
  });
});

it('builds a project again that a build has taken back to the old image, which had begun before the move', async () => {
  const app = await kiln.watched({ [X]: A });
  const early = await aBuild(world.db, kiln.tenant, app.id, {
    settingLayers: { request: { dockerfile_inline: 'FROM scratch' } },
  });
  await kiln.seen({ [X]: B });
  const due = (await kiln.advance())[0]!;
  await kiln.end(await kiln.start(due), { [X]: B });
  await kiln.advance();
  expect([await kiln.seen({ [X]: B }), await kiln.states()]).toEqual([0, [['done', 'success']]]);

  await kiln.end(early.id, { [X]: A });
  expect([await kiln.seen({ [X]: B }), await kiln.states()]).toEqual([1, [['open', 'waiting']]]);
  const [again] = await kiln.advance();
  expect(again).toMatchObject({ fromBuildId: early.id, moves: [{ from: A, to: B }] });
  // One that does not get to the new image is not tried forever.
  await kiln.end(await kiln.start(again!), { [X]: A });
  await kiln.advance();
  expect([await kiln.seen({ [X]: B }), await kiln.states()]).toEqual([0, [['done', 'success']]]);
});

it('gives two controllers the same build', async () => {
  await kiln.watched({ [X]: A });
  await kiln.seen({ [X]: B });
  const both = await Promise.all(Array.from({ length: 4 }, () => kiln.advance()));
  const ids = await Promise.all(both.flat().map(kiln.start));
  expect([ids.length, new Set(ids).size]).toEqual([4, 1]);
});

it('skips a project whose upload is not kept any more, with the reason, and takes the next one as canary', async () => {
  const next = await kiln.watched({ [X]: A });
  const { id: uploadId } = await createUploadStore(world.db.api).record(kiln.tenant, {
    ...{ sha256: 'e'.repeat(64), sizeBytes: 1, entryCount: 1 },
  });
  await kiln.watched(
    { [X]: A },
    { canary: true, build: { source: { kind: 'upload', upload_id: uploadId } } },
  );
  await kiln.seen({ [X]: B });
  const outcomes: string[] = [];
  const feed = openChangeFeed({ url: world.db.urls.controller, fallbackMs: 600_000 });
  const loop = startBaseImageMoves({
    imageMoves: kiln.moves,
    feed,
    rebuild: async (due) => {
      const files = { open: () => Promise.reject(new KilnError('not_found')) };
      return (await rebuildOnBase({ ...acceptanceOn(world.acting), files }, due)).build.id;
    },
    maxFailures: 3,
    seen: (outcome) => outcomes.push(outcome),
    log: { error: (fields) => outcomes.push(String(fields['err'])) },
  });
  while ((await kiln.shown())[0]?.projects[1]?.buildId == null)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const [{ projects }] = (await kiln.shown()) as [Awaited<ReturnType<typeof kiln.shown>>[number]];
  expect(projects[0]).toMatchObject({ state: 'skipped', isCanary: false });
  expect(projects[0]?.reason).toContain('are not kept any more');
  expect(projects[1]).toMatchObject({ project: next.slug, isCanary: true, state: 'running' });
  // The end of the canary rings.
  await kiln.end(projects[1]!.buildId!, { [X]: B });
  while ((await kiln.states())[0]?.[0] !== 'done') await new Promise((resolve) => setTimeout(resolve, 20));
  expect(outcomes).toEqual(['skipped', 'started']);
  await loop.stop();
  await feed.close();
});
