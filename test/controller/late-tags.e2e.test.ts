import { sql } from 'kysely';
import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import type { Ending, TagRepair } from '../../src/ports/dispatch.js';
import { createRecorder, createTagRepairs } from '../../src/storage/builds/recorder.js';
import { pushImage } from '../adapters/registry/an-image.js';
import { aBuild, aName, anImage, aProject, aTenant, aWorker } from '../support/builds.js';
import { buildImage } from '../support/built-build.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';
import { type FaultyProxy, type RegistryFault, startFaultyProxy } from '../support/faulty-proxy.js';
import { startRegistry, type RealRegistry } from '../support/real-registry.js';

let db: FreshDatabase;
let server: RealRegistry;
let proxy: FaultyProxy;
beforeAll(async () => {
  db = await freshDatabase();
  server = await startRegistry({ canDelete: true });
  proxy = await startFaultyProxy(server.host);
});
afterAll(async () => {
  await proxy.close();
  server.stop();
  await db.close();
});
beforeEach(() => sql`DELETE FROM tag_moves`.execute(db.controller));

const registry = createImageRegistry();
const PUBLISHED: Ending = { kind: 'published' };
const FAILED: Ending = { kind: 'publish_failed', code: 'registry_denied', message: 'No.' };

/** Builds of one tag of a repository behind the proxy, whose images lie there. */
async function aTag() {
  const tenant = await aTenant(db);
  const worker = await aWorker(db, { tenantId: tenant.tenantId, slots: 3 });
  const name = aName('late');
  const project = await aProject(db, tenant, `${server.host}/team/${name}`);
  const repository = `${proxy.host}/team/${name}`;
  const recorder = createRecorder(db.controller);
  return {
    served: async () => (await registry.head(`${server.host}/team/${name}`, 'v1'))?.digest ?? null,
    async build() {
      const { digest } = await pushImage(server.host, `team/${name}`, aName('staged'));
      const build = await aBuild(db, tenant, project.id, { destinations: [`${repository}:v1`] });
      const lease = await buildImage(db, build.id, worker, { ...anImage(digest), manifestDigest: digest });
      return {
        digest,
        tryToMove: () =>
          recorder.moveTags(lease, (to, signal) => registry.tag(to.repository, to.digest, to.tag, signal)),
        end: (ending: Ending) => recorder.record(build.id, lease, ending),
      };
    },
  };
}

/** What becomes of the writings of tags from now on, in their order; those after that pass. Lets go of each `late` one by its number. */
function disturb(...answers: ('late' | 403 | 'pass')[]) {
  const letGo: (() => void)[] = [];
  const faults = answers.map((answer): RegistryFault | null => {
    const until = new Promise<void>((resolve) => letGo.push(resolve));
    if (answer === 'late') return { kind: 'late', status: 504, until };
    return answer === 403 ? { kind: 'answer', status: 403 } : null;
  });
  proxy.fail(({ method, url }) =>
    method !== 'GET' && method !== 'HEAD' && url.endsWith('/manifests/v1') ? (faults.shift() ?? null) : null,
  );
  return (number: number) => letGo[number]?.();
}

async function repair(): Promise<TagRepair[]> {
  await sql`UPDATE tag_moves SET checked_at = NULL`.execute(db.controller);
  const repairs = createTagRepairs(db.controller);
  const results: TagRepair[] = [];
  for (const move of await repairs.open(0, 10)) results.push((await repairs.repair(move, registry)).what);
  return results;
}

test('a tag that was answered with 504 and moved by the next try goes back to the newer image when the first one lands', async () => {
  const tag = await aTag();
  const older = await tag.build();
  const letGo = disturb('late', 'pass');
  await expect(older.tryToMove()).rejects.toMatchObject({ code: 'registry_failed' });
  expect(await older.tryToMove()).toEqual({ result: 'moved' });
  await older.end(PUBLISHED);
  const newer = await tag.build();
  await newer.tryToMove();
  await newer.end(PUBLISHED);

  letGo(0);
  await expect.poll(tag.served, { timeout: 5_000 }).toBe(older.digest);
  expect(await repair()).toEqual(['put_back']);

  expect(await tag.served()).toBe(newer.digest);
});

test('a tag that was answered with 504 and then refused goes when the first one lands', async () => {
  const tag = await aTag();
  const build = await tag.build();
  const letGo = disturb('late', 403);
  await expect(build.tryToMove()).rejects.toMatchObject({ code: 'registry_failed' });
  await expect(build.tryToMove()).rejects.toMatchObject({ code: 'registry_denied' });
  await build.end(FAILED);
  expect(await tag.served()).toBeNull();

  letGo(0);
  await expect.poll(tag.served, { timeout: 5_000 }).toBe(build.digest);
  expect(await repair()).toEqual(['removed']);

  expect(await tag.served()).toBeNull();
});

test.each(['an older image', 'nothing'])(
  'two tries of one failed move that land one after the other both give way to what the record has: %s',
  async (recorded) => {
    const tag = await aTag();
    const older = recorded === 'nothing' ? null : await tag.build();
    proxy.fail(() => null);
    await older?.tryToMove();
    await older?.end(PUBLISHED);
    const failed = await tag.build();
    const letGo = disturb('late', 'late');
    for (let n = 0; n < 2; n += 1)
      await expect(failed.tryToMove()).rejects.toMatchObject({ code: 'registry_failed' });
    await failed.end(FAILED);

    for (const number of [0, 1]) {
      letGo(number);
      await expect.poll(tag.served, { timeout: 5_000 }).toBe(failed.digest);
      expect(await repair()).toEqual([older === null ? 'removed' : 'put_back']);
      expect(await tag.served()).toBe(older?.digest ?? null);
    }
  },
);

test.each(['an older image', 'nothing'])(
  'a repair that is held on its way and lands after a later build has moved the tag gives way to that build: the record had %s',
  async (recorded) => {
    const tag = await aTag();
    proxy.fail(() => null);
    const older = recorded === 'nothing' ? null : await tag.build();
    await older?.tryToMove();
    await older?.end(PUBLISHED);
    const failed = await tag.build();
    const letGo = disturb('late', 'late');
    await expect(failed.tryToMove()).rejects.toMatchObject({ code: 'registry_failed' });
    await failed.end(FAILED);
    letGo(0);
    await expect.poll(tag.served, { timeout: 5_000 }).toBe(failed.digest);
    await expect(repair()).rejects.toMatchObject({ code: 'registry_failed' });
    const newer = await tag.build();
    await newer.tryToMove();
    await newer.end(PUBLISHED);

    letGo(1);
    await expect.poll(tag.served, { timeout: 5_000 }).toBe(older?.digest ?? null);
    expect(await repair()).toContain('put_back');
    expect(await tag.served()).toBe(newer.digest);
  },
);
