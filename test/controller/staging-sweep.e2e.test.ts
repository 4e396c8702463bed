import { randomUUID } from 'node:crypto';
import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import { startStagingSweep } from '../../src/controller/staging-sweep.js';
import { createRecorder } from '../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../src/storage/dispatch/dispatcher.js';
import { createStagingTags } from '../../src/storage/dispatch/staging-tags.js';
import { pushImage } from '../adapters/registry/an-image.js';
import { aBuild, anImage, aProject, aTenant, aWorker, emptyQueue } from '../support/builds.js';
import { buildImage } from '../support/built-build.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';
import { eventually } from '../support/own-processes.js';
import { startRegistry, type RealRegistry } from '../support/real-registry.js';

let db: FreshDatabase;
let server: RealRegistry;
beforeAll(async () => {
  db = await freshDatabase();
  server = await startRegistry({ canDelete: true });
});
afterAll(async () => {
  server.stop();
  await db.close();
});

test('a tag that comes into staging after its build was cleaned up is swept away, and nothing else', async () => {
  const dispatcher = createDispatcher(db.controller);
  const recorder = createRecorder(db.controller);
  const tenant = await aTenant(db);
  const worker = await aWorker(db, { tenantId: tenant.tenantId, slots: 5 });
  const project = await aProject(db, tenant, `${server.host}/team/app`);
  const staged = async () => {
    const build = await aBuild(db, tenant, project.id);
    const lease = await buildImage(db, build.id, worker, anImage(build.id));
    await pushImage(server.host, 'team/app-staging', `${build.id}-1`);
    return { id: build.id, lease };
  };
  const unpublished = { kind: 'publish_failed', code: 'registry_denied', message: 'No.' } as const;
  const live = await staged();
  const resumable = await staged();
  await recorder.record(resumable.id, resumable.lease, unpublished);
  const cleaned = await staged();
  await recorder.moveTags(cleaned.lease, () => Promise.resolve());
  await recorder.record(cleaned.id, cleaned.lease, { kind: 'published' });
  // Its host was held up in the middle of its push, and the registry was asked before the tag was there.
  await dispatcher.recordCleanup(cleaned.id, 'completed');
  const foreign = `${randomUUID()}-1`;
  for (const tag of [foreign, 'base']) await pushImage(server.host, 'team/app-staging', tag);

  const registry = createImageRegistry();
  const removed: string[] = [];
  const sweep = startStagingSweep({
    staging: createStagingTags(db.controller),
    registryFor: () => registry,
    log: { error: () => undefined },
    removed: (_repository, tag) => removed.push(tag),
    everyMs: 20,
    cleanedForMs: 0,
  });
  await eventually(() => removed.length > 0);
  await sweep.stop();

  expect(removed).toEqual([`${cleaned.id}-1`]);
  const left = await registry.tags(`${server.host}/team/app-staging`);
  expect(left.sort()).toEqual([`${live.id}-1`, `${resumable.id}-1`, foreign, 'base'].sort());
  await emptyQueue(db);
});
