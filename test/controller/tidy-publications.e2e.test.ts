import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import { createTidyUp, startTidying } from '../../src/controller/tidy-publications.js';
import { createBuildStore } from '../../src/storage/builds/build-store.js';
import { createRecorder } from '../../src/storage/builds/recorder.js';
import { createLeaseGate } from '../../src/storage/dispatch/lease-gate.js';
import { createLeftPublications } from '../../src/storage/retention/left-publications.js';
import { pushImage } from '../adapters/registry/an-image.js';
import { aBuild, anImage, aProject, aTenant, aWorker } from '../support/builds.js';
import { buildImage } from '../support/built-build.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.js';
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

test('a manifest that is held up on its way and comes after the first look is removed by a later one, and the record never says more than what is known', async () => {
  const tenant = await aTenant(db);
  const worker = await aWorker(db, { tenantId: tenant.tenantId });
  const project = await aProject(db, tenant, `${server.host}/team/app`);
  const [from, repository] = [`${server.host}/team/app-staging`, `${proxy.host}/team/held`];
  const { digest } = await pushImage(server.host, 'team/app-staging', 'staged');
  const build = await aBuild(db, tenant, project.id, { destinations: [`${repository}:v1`] });
  const lease = await buildImage(db, build.id, worker, { ...anImage('held'), manifestDigest: digest });
  const publication = async () => (await createBuildStore(db.api).publications(tenant, build.id))[0]!;

  let letGo = (): void => undefined;
  const until = new Promise<void>((resolve) => (letGo = resolve));
  const cancel = new AbortController();
  proxy.fail(({ method, url }) => {
    if (method !== 'PUT' || !url.includes('/manifests/')) return null;
    setImmediate(() => cancel.abort());
    return { kind: 'hold', until };
  });
  const registry = createImageRegistry();
  const beforeManifest = async (wasThere: boolean): Promise<void> => {
    await createLeaseGate(db.api).putPublication({ ...lease, tenantId: tenant.tenantId }, lease.fence, {
      ...{ repository, manifestDigest: digest, status: 'copying', tryNumber: 1, waitingReason: null },
      ...{ totalBlobs: 3, mountedBlobs: 0, existingBlobs: 0, uploadedBlobs: 3, totalBytes: 9 },
      ...{ sparedBytes: 0, sentBytes: 9, begins: { wasThere } },
    });
  };
  const copy = registry.copy(from, repository, digest, cancel.signal, undefined, { beforeManifest });
  await expect(copy).rejects.toMatchObject({ code: 'cancelled' });
  await createBuildStore(db.api).requestCancel(tenant, build.id);
  await createRecorder(db.controller).record(build.id, lease, { kind: 'cancelled' });

  const publications = createLeftPublications(db.controller);
  const log = { error: () => undefined, info: () => undefined, warn: () => undefined };
  const tidyUp = createTidyUp({ publications, registryFor: () => registry, log });
  await tidyUp(build.id);
  expect(await publication()).toMatchObject({ removed_at: null, not_served_at: expect.any(String) });
  proxy.fail(() => null);
  letGo();
  await expect
    .poll(async () => (await registry.head(repository, digest))?.digest, { timeout: 5_000 })
    .toBe(digest);

  await db.controller
    .updateTable('publications')
    .set({ tidy_due_at: new Date(0) })
    .where('build_id', '=', build.id)
    .where('tidy_due_at', 'is not', null)
    .execute();
  const loop = startTidying({ publications, tidyUp, log, everyMs: 20 });
  await expect.poll(async () => (await publication()).removed_at, { timeout: 10_000 }).not.toBeNull();
  await loop.stop();
  expect(await registry.head(repository, digest)).toBeNull();
});
