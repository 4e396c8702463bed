import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { lockTag } from '../../../src/storage/locks.js';
import { transact } from '../../../src/storage/transact.js';
import type { Recorder } from '../../../src/ports/dispatch.js';
import {
  aName,
  anImage,
  anOutcome,
  aRunningBuild,
  controlPlaneIsUp,
  finish,
  makeOverdue,
} from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
let recorder: Recorder;
beforeAll(async () => {
  db = await freshDatabase();
  recorder = createRecorder(db.controller);
});
afterAll(() => db.close());

async function aBuiltBuild(destinations: string[], imageName = aName('image')) {
  const running = await aRunningBuild(db, { destinations });
  const image = anImage(imageName);
  await finish(db, running.holder, anOutcome({ image }));
  return { ...running, digest: image.manifestDigest };
}

/** A registry that notes what it was told. */
function aRegistry() {
  const calls: string[] = [];
  return {
    calls,
    move: ({ repository, tag, digest }: { repository: string; tag: string; digest: string }) => {
      calls.push(`${repository}:${tag} ${digest}`);
      return Promise.resolve();
    },
  };
}

test('every destination is moved to the staged digest', async () => {
  const { lease, digest } = await aBuiltBuild(['r:5000/app:1', 'r:5000/app:latest']);
  const registry = aRegistry();

  expect(await recorder.moveTags(lease, registry.move)).toEqual({ result: 'moved' });

  expect(registry.calls).toEqual([`r:5000/app:1 ${digest}`, `r:5000/app:latest ${digest}`]);
});

test('a repetition after all tags were moved asks the registry nothing', async () => {
  const { lease } = await aBuiltBuild(['r/app:again']);
  await recorder.moveTags(lease, aRegistry().move);
  const registry = aRegistry();

  expect(await recorder.moveTags(lease, registry.move)).toEqual({ result: 'moved' });
  expect(registry.calls).toEqual([]);
});

test('a registry that fails midway is asked again for what is missing and for what was done', async () => {
  const { lease } = await aBuiltBuild(['r/app:a', 'r/app:b']);
  let failures = 1;
  const flaky = (target: { tag: string }) =>
    target.tag === 'b' && failures-- > 0 ? Promise.reject(new Error('reset')) : Promise.resolve();

  await expect(recorder.moveTags(lease, flaky)).rejects.toThrow('reset');

  expect(await recorder.moveTags(lease, flaky)).toEqual({ result: 'moved' });
});

test('a cancel that came first wins and no tag is touched', async () => {
  const { tenant, build, lease } = await aBuiltBuild(['r/app:cancelled']);
  await createBuildStore(db.api).requestCancel(tenant, build.id);
  const registry = aRegistry();

  expect(await recorder.moveTags(lease, registry.move)).toEqual({ result: 'cancelled' });
  expect(registry.calls).toEqual([]);
});

test('a cancel after the publication began does not stop it, and a cancelled build then says what was moved', async () => {
  const { tenant, build, lease } = await aBuiltBuild(['r/app:x', 'r/app:y']);
  const store = createBuildStore(db.api);
  const failing = (target: { tag: string }) =>
    target.tag === 'y' ? Promise.reject(new Error('reset')) : Promise.resolve();
  await expect(recorder.moveTags(lease, failing)).rejects.toThrow('reset');
  await store.requestCancel(tenant, build.id);
  const registry = aRegistry();
  await recorder.record(build.id, lease, { kind: 'cancelled' });

  expect((await store.get(tenant, build.id)).error_message).toContain('moved: r/app:x');
  expect(await recorder.moveTags(lease, registry.move)).toEqual({ result: 'fenced' });
  expect(registry.calls).toEqual([]);
});

test('a lease that is lost while another build holds one of the tags is fenced, and no tag is touched', async () => {
  const { lease } = await aBuiltBuild(['r/app:one', 'r/app:two']);
  const registry = aRegistry();
  const held = holdTag('r/app', 'two');
  await held.locked;

  const moving = recorder.moveTags(lease, registry.move);
  await vi.waitFor(async () => expect(await openMovesOf(lease.buildId)).toBe(2), 10_000);
  await createDispatcher(db.controller).loseAttempt(lease);
  held.release();

  expect(await moving).toEqual({ result: 'fenced' });
  expect(registry.calls).toEqual([]);
  expect(await openMovesOf(lease.buildId)).toBe(0);
});

test('the tags of a build are moved at once, and those that were moved are noted when one fails', async () => {
  const { build, lease } = await aBuiltBuild(['r/app:quick', 'r/other:fails', 'r/app:slow']);
  const asked: string[] = [];
  const move = async ({ tag }: { tag: string }) => {
    asked.push(tag);
    await vi.waitFor(() => expect(asked).toHaveLength(3), 10_000);
    if (tag === 'fails') throw new Error('reset');
  };

  await expect(recorder.moveTags(lease, move)).rejects.toThrow('reset');

  const { tags_moved: moved } = await db.controller
    .selectFrom('builds')
    .select('tags_moved')
    .where('id', '=', build.id)
    .executeTakeFirstOrThrow();
  expect(moved).toEqual(['r/app:quick', 'r/app:slow']);
  expect(await openMovesOf(build.id)).toBe(1);
});

/** How many moves of a build are begun and not noted. */
async function openMovesOf(buildId: string): Promise<number> {
  const rows = await db.controller
    .selectFrom('tag_moves')
    .select('tag')
    .where('build_id', '=', buildId)
    .execute();
  return rows.length;
}

/** Keeps a tag's lock until it is released. */
function holdTag(repository: string, tag: string): { locked: Promise<void>; release: () => void } {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const locked = new Promise<void>((resolve, reject) => {
    transact(db.controller, async (tx) => {
      await lockTag(tx, repository, tag);
      resolve();
      await released;
    }).catch(reject);
  });
  return { locked, release: () => release() };
}

test('an attempt whose lease was lost moves nothing', async () => {
  const { lease } = await aBuiltBuild(['r/app:lost']);
  await createDispatcher(db.controller).loseAttempt(lease);
  const registry = aRegistry();

  expect(await recorder.moveTags(lease, registry.move)).toEqual({ result: 'fenced' });
  expect(registry.calls).toEqual([]);
});

test('two builds that move one tag take turns, and the row says what the registry was told last', async () => {
  const [one, two] = [await aBuiltBuild(['r/shared:latest']), await aBuiltBuild(['r/shared:latest'])];
  let inside = 0;
  let last = '';
  const move = async (target: { digest: string }) => {
    inside += 1;
    expect(inside).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    last = target.digest;
    inside -= 1;
  };

  await Promise.all([recorder.moveTags(one.lease, move), recorder.moveTags(two.lease, move)]);

  const rows = await db.controller
    .selectFrom('image_tags')
    .select('manifest_digest')
    .where('repository', '=', 'r/shared')
    .where('tenant_id', '=', last === one.digest ? one.tenant.tenantId : two.tenant.tenantId)
    .execute();
  expect(rows).toEqual([{ manifest_digest: last }]);
});

test('dispatch goes on while a slow registry holds a publication, and the lease does not expire under it', async () => {
  const { build, lease } = await aBuiltBuild(['r/app:slow']);
  const dispatcher = createDispatcher(db.controller);
  await controlPlaneIsUp(db);
  await makeOverdue(db, lease.leaseId);
  let expired = -1;

  const result = await recorder.moveTags(lease, async () => {
    ({ expired } = await dispatcher.expire());
  });

  expect(expired).toBe(0);
  expect(result).toEqual({ result: 'moved' });
  expect(await recorder.record(build.id, lease, { kind: 'published' })).toEqual({ status: 'success' });
});

const never = () => new Promise<never>(() => undefined);

test('a signal ends a move that hangs, and the tag and the build are free again', async () => {
  const { build, lease } = await aBuiltBuild(['r/app:hangs']);
  const stop = new AbortController();
  let told: AbortSignal | undefined;
  const moving = recorder.moveTags(
    lease,
    (_target, signal) => {
      told = signal;
      stop.abort();
      return never();
    },
    stop.signal,
  );

  await expect(moving).rejects.toMatchObject({ code: 'unavailable' });

  expect(told?.aborted).toBe(true);
  const { tags_moved } = await db.controller
    .selectFrom('builds')
    .select('tags_moved')
    .where('id', '=', build.id)
    .forNoKeyUpdate()
    .noWait()
    .executeTakeFirstOrThrow();
  expect(tags_moved).toEqual([]);
  expect(await recorder.moveTags(lease, aRegistry().move)).toEqual({ result: 'moved' });
});

test('a move without a signal is given up after its time', async () => {
  const { lease } = await aBuiltBuild(['r/app:endless']);

  const moving = createRecorder(db.controller, { moveTimeoutMs: 100 }).moveTags(lease, never);

  await expect(moving).rejects.toMatchObject({
    code: 'registry_unreachable',
    message: 'The tag r/app:endless could not be moved in time: its registry does not answer.',
  });
});

test('a tag that somebody else holds is said to be unavailable after some seconds', async () => {
  const { lease } = await aBuiltBuild(['r/app:held']);
  const held = holdTag('r/app', 'held');
  await held.locked;

  await expect(recorder.moveTags(lease, aRegistry().move)).rejects.toMatchObject({ code: 'unavailable' });

  held.release();
  expect(await recorder.moveTags(lease, aRegistry().move)).toEqual({ result: 'moved' });
}, 15_000);
