import { sql } from 'kysely';
import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import type { LeaseRef } from '../../src/domain/dispatch/lease.js';
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

test('a removal that is held up and carried out after it was given up takes no image from a later build of the same digest', async () => {
  const tenant = await aTenant(db);
  const worker = await aWorker(db, { tenantId: tenant.tenantId, slots: 2 });
  const project = await aProject(db, tenant, `${server.host}/team/app`);
  const [from, repository] = [`${server.host}/team/app-staging`, `${proxy.host}/team/held`];
  const { digest } = await pushImage(server.host, 'team/app-staging', 'staged');
  const image = { ...anImage('held'), manifestDigest: digest };
  const registry = createImageRegistry();
  const recorder = createRecorder(db.controller);
  const staged = async (): Promise<LeaseRef> => {
    const build = await aBuild(db, tenant, project.id, { destinations: [`${repository}:v1`] });
    return buildImage(db, build.id, worker, image);
  };
  const publish = (lease: LeaseRef) => {
    const beforeManifest = async (wasThere: boolean): Promise<void> => {
      await createLeaseGate(db.api).putPublication({ ...lease, tenantId: tenant.tenantId }, lease.fence, {
        ...{ repository, manifestDigest: digest, status: 'copying', tryNumber: 1, waitingReason: null },
        ...{ totalBlobs: 3, mountedBlobs: 0, existingBlobs: 0, uploadedBlobs: 3, totalBytes: 9 },
        ...{ sparedBytes: 0, sentBytes: 9, begins: { wasThere } },
      });
    };
    return registry.copy(from, repository, digest, undefined, undefined, { beforeManifest });
  };

  const first = await staged();
  await publish(first);
  await createBuildStore(db.api).requestCancel(tenant, first.buildId);
  await recorder.record(first.buildId, first, { kind: 'cancelled' });

  let letGo = (): void => undefined;
  const until = new Promise<void>((resolve) => (letGo = resolve));
  const stop = new AbortController();
  proxy.fail(({ method }) => {
    if (method !== 'DELETE') return null;
    setImmediate(() => stop.abort());
    return { kind: 'hold', until };
  });
  const tidied = createLeftPublications(db.controller).tidyUp(first.buildId, () => registry, stop.signal);
  await expect(tidied).rejects.toMatchObject({ code: 'cancelled' });
  proxy.fail(() => null);

  const second = await staged();
  await expect(publish(second)).rejects.toMatchObject({ code: 'removal_unanswered' });
  letGo();
  await expect.poll(() => registry.head(repository, digest), { timeout: 5_000 }).toBeNull();

  await sql`UPDATE open_removals SET sent_at = sent_at - interval '10 minutes'`.execute(db.controller);
  await publish(second);
  const tag = await recorder.moveTags(second, (target, signal) =>
    registry.tag(target.repository, target.digest, target.tag, signal),
  );
  expect(tag).toEqual({ result: 'moved' });
  await recorder.record(second.buildId, second, { kind: 'published' });
  expect((await registry.head(repository, 'v1'))?.digest).toBe(digest);
  const { status } = await createBuildStore(db.api).get(tenant, second.buildId);
  expect(status).toBe('success');
});
