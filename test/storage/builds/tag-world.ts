import { sql } from 'kysely';
import { createRecorder, createTagRepairs } from '../../../src/storage/builds/recorder.js';
import type { TagRepair } from '../../../src/ports/dispatch.js';
import { aBuild, aName, anImage, aProject, aTenant, aWorker } from '../../support/builds.js';
import { buildImage } from '../../support/built-build.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

export const FAILED = { kind: 'publish_failed', code: 'registry_denied', message: 'No.' } as const;

/** Tags of a registry in memory. */
export function aRegistry() {
  const tags = new Map<string, string>();
  return {
    tags,
    head: (repository: string, tag: string) => {
      const digest = tags.get(`${repository}:${tag}`);
      return Promise.resolve(digest === undefined ? null : { digest, mediaType: '', sizeBytes: 1 });
    },
    tag: (repository: string, digest: string, tag: string) =>
      Promise.resolve(void tags.set(`${repository}:${tag}`, digest)),
    untag: (repository: string, tag: string) => Promise.resolve(tags.delete(`${repository}:${tag}`)),
    move: ({ repository, tag, digest }: { repository: string; tag: string; digest: string }) =>
      Promise.resolve(void tags.set(`${repository}:${tag}`, digest)),
  };
}
export type Registry = ReturnType<typeof aRegistry>;

/** Builds whose tags are moved and repaired, in a database of its own for the tests of one file. */
export function aTagWorld() {
  let db: FreshDatabase;
  beforeAll(async () => {
    db = await freshDatabase();
  });
  afterAll(() => db.close());
  beforeEach(() => sql`DELETE FROM tag_moves`.execute(db.controller));

  async function aBuiltBuild(destination: string, sibling?: Place) {
    const { tenant, project, worker } = sibling ?? (await aPlace());
    const build = await aBuild(db, tenant, project.id, { destinations: [destination] });
    const image = anImage(aName('image'));
    const lease = await buildImage(db, build.id, worker, image);
    return { tenant, project, worker, build, lease, digest: image.manifestDigest };
  }

  async function aPlace() {
    const tenant = await aTenant(db);
    const worker = await aWorker(db, { tenantId: tenant.tenantId, slots: 3 });
    return { tenant, worker, project: await aProject(db, tenant) };
  }
  type Place = Awaited<ReturnType<typeof aPlace>>;

  /** A controller that does the move and is gone before it can note it. */
  async function moveAndDie(build: Awaited<ReturnType<typeof aBuiltBuild>>, registry: Registry) {
    const dying = createRecorder(db.controller).moveTags(build.lease, async (target) => {
      await registry.move(target);
      throw new Error('killed');
    });
    await expect(dying).rejects.toThrow('killed');
  }

  /** What one round of the sweep does. */
  async function sweep(registry: Registry): Promise<TagRepair[]> {
    const results: TagRepair[] = [];
    const tags = createTagRepairs(db.controller);
    for (const move of await tags.open(0, 100)) results.push((await tags.repair(move, registry)).what);
    return results;
  }

  /** A move whose controller was held up before the registry heard of it, and after which another build has moved the tag. */
  async function anOvertakenMove(registry: Registry, tag: string) {
    const build = await aBuiltBuild(`r/app:${tag}`);
    await moveAndDie(build, registry);
    const recorder = createRecorder(db.controller);
    await recorder.moveTags(build.lease, registry.move);
    await recorder.record(build.build.id, build.lease, { kind: 'published' });
    const next = await aBuiltBuild(`r/app:${tag}`, build);
    await recorder.moveTags(next.lease, registry.move);
    return { build, next };
  }

  const lookAgain = () => sql`UPDATE tag_moves SET checked_at = NULL`.execute(db.controller);

  return {
    get db() {
      return db;
    },
    aBuiltBuild,
    moveAndDie,
    sweep,
    anOvertakenMove,
    lookAgain,
  };
}
