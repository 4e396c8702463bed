import type { HostOffer } from '../../../src/ports/dispatch.js';
import type { AcceptBuild } from '../../../src/ports/records.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { aBuild, aProject, aTenant, aWorker } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

/** A tenant with hosts of its own, in which it builds. */
async function withHosts(...offers: Partial<HostOffer>[]) {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const workers = [];
  for (const offer of offers) workers.push(await aWorker(db, { tenantId: tenant.tenantId, offer }));
  const accept = (over: Partial<AcceptBuild>) => aBuild(db, tenant, project.id, over);
  return { tenant, workers, accept };
}
const lease = (buildId: string) => createDispatcher(db.controller).requestLease(buildId);
const forArm = { options: { dockerfile_inline: 'FROM scratch', platforms: ['linux/arm64'] } };

test('a build goes to the host that has the labels and stands in the zone that it needs', async () => {
  const { workers, accept } = await withHosts(
    { labels: { gpu: 'true' }, zone: 'eu-2', slots: 9 },
    { labels: { gpu: 'true' }, zone: 'eu-1' },
  );
  const build = await accept({ resources: { needs: { gpu: 'true', zone: 'eu-1' } } });
  expect(await lease(build.id)).toMatchObject({ kind: 'granted', workerId: workers[1]?.workerId });
});

test('what no host has is refused with what is missing, and accepted where no host has said anything yet', async () => {
  const { accept } = await withHosts({ labels: { gpu: 'false' } });
  await expect(accept({ resources: { needs: { gpu: 'true' } } })).rejects.toMatchObject({
    code: 'needs_not_offered',
    fields: [{ field: 'needs', message: 'no build host for buildx has gpu=true' }],
  });
  const nobody = await withHosts();
  await expect(nobody.accept({ resources: { needs: { gpu: 'true' } } })).resolves.toBeDefined();
});

test('an image for another platform waits for the host that runs it itself, though one that emulates it is free', async () => {
  const { tenant, workers, accept } = await withHosts(
    { platforms: ['linux/amd64'], emulated_platforms: ['linux/arm64'], slots: 9 },
    { platforms: ['linux/arm64'] },
  );
  const [first, second] = [await accept(forArm), await accept(forArm)];
  expect(await lease(first.id)).toMatchObject({ kind: 'granted', workerId: workers[1]?.workerId });
  expect(await lease(second.id)).toMatchObject({ kind: 'waiting' });
  expect((await createBuildStore(db.api).get(tenant, second.id)).queue_reason).toBe(
    'waiting for a free slot of a host with linux/arm64',
  );
});

test('where no host runs the platform itself one that emulates it does, and where none does any host', async () => {
  const emulating = await withHosts(
    { platforms: ['linux/amd64'], slots: 9 },
    { platforms: ['linux/amd64'], emulated_platforms: ['linux/arm64'] },
  );
  const emulated = await emulating.accept(forArm);
  expect(await lease(emulated.id)).toMatchObject({ workerId: emulating.workers[1]?.workerId });

  const plain = await withHosts({ platforms: ['linux/amd64'] });
  expect(await lease((await plain.accept(forArm)).id)).toMatchObject({ kind: 'granted' });
});

test('a host that says of a new label rings for builds that wait for it', async () => {
  const { tenant, workers, accept } = await withHosts({ labels: { gpu: 'true' } });
  const build = await accept({ resources: { needs: { gpu: 'true' } } });
  const gate = createLeaseGate(db.api);
  const offer = { slots: 1, methods: ['buildx'], zone: null, disk: null };
  await gate.heartbeat(workers[0]?.workerId ?? '', { ...offer, labels: {} });
  expect(await lease(build.id)).toMatchObject({ kind: 'waiting' });
  expect((await createBuildStore(db.api).get(tenant, build.id)).queue_reason).toBe(
    'no build host for buildx with gpu=true is online',
  );
  await gate.heartbeat(workers[0]?.workerId ?? '', { ...offer, labels: { gpu: 'true' } });
  expect(await lease(build.id)).toMatchObject({ kind: 'granted' });
});
