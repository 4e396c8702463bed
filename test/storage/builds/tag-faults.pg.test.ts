import { KilnError } from '../../../src/domain/errors.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import type { Recorder } from '../../../src/ports/dispatch.js';
import { aName, anImage, anOutcome, aRunningBuild, finish } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
let recorder: Recorder;
beforeAll(async () => {
  db = await freshDatabase();
  recorder = createRecorder(db.controller);
});
afterAll(() => db.close());

async function aBuiltBuild(destinations: string[]) {
  const running = await aRunningBuild(db, { destinations });
  await finish(db, running.holder, anOutcome({ image: anImage(aName('image')) }));
  return running;
}

/** Tags whose move is begun and not known to be over. */
async function openTags(buildId: string): Promise<string[]> {
  const rows = await db.controller
    .selectFrom('tag_moves')
    .select('tag')
    .where('build_id', '=', buildId)
    .orderBy('tag')
    .execute();
  return rows.map(({ tag }) => tag);
}

const refused = (): Promise<never> =>
  Promise.reject(new KilnError('registry_rejected', { message: 'The tag is immutable.' }));
const away = (): Promise<never> => Promise.reject(new KilnError('registry_failed'));

test('a cancel and a renewal of the lease wait for no registry that hangs in the move of a tag', async () => {
  const { tenant, build, lease, holder } = await aBuiltBuild(['r/app:hangs']);
  const store = createBuildStore(db.api);

  const moved = await recorder.moveTags(lease, async () => {
    await store.requestCancel(tenant, build.id);
    await createLeaseGate(db.api).renew(holder, lease.fence);
  });

  expect(moved).toEqual({ result: 'moved' });
  expect((await store.get(tenant, build.id)).cancel_requested_at).not.toBeNull();
});

test('a tag that a registry refuses is given up at once, whatever others wait for, and leaves nothing to look after', async () => {
  const { build, lease } = await aBuiltBuild(['r/app:away', 'r/app:locked', 'r/app:prod']);

  const moving = recorder.moveTags(lease, ({ tag }) => {
    if (tag === 'away') return away();
    return tag === 'locked' ? refused() : Promise.resolve();
  });

  await expect(moving).rejects.toMatchObject({ code: 'registry_rejected', message: 'The tag is immutable.' });
  expect(await openTags(build.id)).toEqual(['away']);
});

test('a tag that is refused after a try of which nobody knows the outcome is looked after', async () => {
  const { build, lease } = await aBuiltBuild(['r/app:unknown']);
  await expect(recorder.moveTags(lease, away)).rejects.toMatchObject({ code: 'registry_failed' });

  await expect(recorder.moveTags(lease, refused)).rejects.toMatchObject({ code: 'registry_rejected' });

  expect(await openTags(build.id)).toEqual(['unknown']);
});

test('a tag that was moved while its lease was ended is not noted, and is looked after', async () => {
  const { build, lease } = await aBuiltBuild(['r/app:fenced']);

  const moved = await recorder.moveTags(lease, () => createDispatcher(db.controller).loseAttempt(lease));

  expect(moved).toEqual({ result: 'fenced' });
  expect(await openTags(build.id)).toEqual(['fenced']);
  const tags = await db.controller
    .selectFrom('image_tags')
    .select('tag')
    .where('build_id', '=', build.id)
    .execute();
  expect(tags).toEqual([]);
});
