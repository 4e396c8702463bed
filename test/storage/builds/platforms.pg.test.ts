import type { InspectedImage } from '../../../src/domain/builds/outcome.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { BUILD_CHECKS } from '../../../src/storage/verify/build-checks.js';
import { aDigest, anOutcome, aRunningBuild, aStep, finish } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { anIndex } from '../../support/index-image.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

async function published(image: InspectedImage) {
  const running = await aRunningBuild(db, { destinations: ['registry.local:5000/team/app:1.0'] });
  const steps = [1, 2].map((number) => aStep(number, { status: 'success' }));
  await createLeaseGate(db.api).putSteps(running.holder, 1, steps);
  await finish(db, running.holder, anOutcome({ image }));
  const recorder = createRecorder(db.controller);
  await recorder.moveTags(running.lease, () => Promise.resolve());
  await recorder.record(running.build.id, running.lease, { kind: 'published' });
  return running;
}

test('an index is recorded with its platforms, the layers of each, and the steps that made them', async () => {
  const image = anIndex();
  const { tenant, build } = await published(image);
  const store = createBuildStore(db.api);

  const read = await store.get(tenant, build.id);
  expect(read.result.output_image_digest).toBe(image.manifestDigest);
  const layers = await store.layers(tenant, build.id);
  expect(
    layers.map(({ platform, layer_number, layer_digest }) => [platform, layer_number, layer_digest]),
  ).toEqual([
    ['linux/amd64', 1, aDigest('shared base')],
    ['linux/amd64', 2, aDigest('amd64')],
    ['linux/arm64', 1, aDigest('shared base')],
    ['linux/arm64', 2, aDigest('arm64')],
  ]);
  expect(layers.map(({ used_in_builds_count }) => used_in_builds_count)).toEqual([1, 1, 1, 1]);
  const steps = await store.steps(tenant, build.id);
  expect(steps.map(({ layer_digest }) => layer_digest)).toEqual([aDigest('amd64'), aDigest('arm64')]);
  expect(await store.metrics(tenant, build.id)).toMatchObject({
    total_layers: 4,
    final_image_size_bytes: 2_000,
  });
  const rows = await db.controller.selectFrom('images').select(['id', 'manifest_digest']).execute();
  expect(rows.map(({ manifest_digest }) => manifest_digest).sort()).toEqual(
    ['index', 'amd64', 'arm64'].map((name) => aDigest(`manifest ${name}`)).sort(),
  );
  expect(rows.find(({ id }) => id === read.image_id)?.manifest_digest).toBe(image.manifestDigest);
});

test('the same index again adds no platform, and verify finds nothing wrong', async () => {
  const { tenant, build } = await published(anIndex());
  expect(await createBuildStore(db.api).layers(tenant, build.id)).toHaveLength(4);
  for (const { name, broken } of BUILD_CHECKS)
    expect([name, (await broken.execute(db.controller)).rows]).toEqual([name, []]);
});
