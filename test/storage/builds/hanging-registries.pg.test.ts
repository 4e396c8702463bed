import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { openDatabase } from '../../../src/storage/database.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { aName, anImage, anOutcome, aRunningBuild, finish } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

async function aBuiltBuild(destinations: string[]) {
  const running = await aRunningBuild(db, { destinations });
  await finish(db, running.holder, anOutcome({ image: anImage(aName('image')) }));
  return running;
}

const never = () => new Promise<never>(() => undefined);

test('registries that hang take three connections and leave the others to dispatch', async () => {
  const few = openDatabase({ url: db.urls.controller, poolSize: 4 });
  const bounded = createRecorder(few, { moveTimeoutMs: 2_000 });
  const built = [];
  for (let n = 0; n < 6; n += 1) built.push(await aBuiltBuild([`r/hung:${String(n)}`]));
  const stop = new AbortController();
  let inside = 0;
  const moves = Promise.allSettled(
    built.map(({ lease }) =>
      bounded.moveTags(
        lease,
        () => {
          inside += 1;
          return never();
        },
        stop.signal,
      ),
    ),
  );
  while (inside < 3) await new Promise((resolve) => setTimeout(resolve, 10));

  await createDispatcher(few).grantNext();

  expect(inside).toBe(3);
  stop.abort();
  const results = await moves;
  expect(inside).toBe(3);
  expect(results).toEqual(
    Array(6).fill({ status: 'rejected', reason: expect.objectContaining({ code: 'unavailable' }) }),
  );
  await few.destroy();
});

test('a registry that hangs holds up no tag of another one', async () => {
  const stop = new AbortController();
  const hung = [];
  for (let n = 0; n < 6; n += 1) hung.push(await aBuiltBuild([`hung.test/app:${String(n)}`]));
  const both = await aBuiltBuild(['hung.test/app:both', 'good.test/app:both']);
  const good = await aBuiltBuild(['good.test/app:1']);
  const one = createRecorder(db.controller, { moveTimeoutMs: 60_000 });
  const moves = [...hung, both].map(({ lease }) => one.moveTags(lease, never, stop.signal));
  const ended = Promise.allSettled(moves);
  const open = () =>
    db.controller.selectFrom('tag_moves').select('tag').where('repository', '=', 'hung.test/app').execute();
  await expect.poll(open, { timeout: 10_000 }).toHaveLength(3);
  await new Promise((resolve) => setTimeout(resolve, 300));

  expect(await one.moveTags(good.lease, () => Promise.resolve())).toEqual({ result: 'moved' });

  stop.abort();
  expect((await ended).map(({ status }) => status)).toEqual(Array(7).fill('rejected'));
});
