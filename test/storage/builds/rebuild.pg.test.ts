import { pinFor } from '../../../src/contracts/rebuild.js';
import { BUILT_IN_LIMITS } from '../../../src/domain/limits/effective-limits.js';
import type { RebuildRequest } from '../../../src/ports/records.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { anImage, anOutcome, aRunningBuild, finish } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const BASE = { name: 'docker.io/library/debian', tag: '12', digest: `sha256:${'b'.repeat(64)}` };
const options = {
  dockerfile_inline: 'FROM debian:12',
  build_args: { A: '1' },
  cache_from: ['r.example/cache:1'],
  cache_to: ['r.example/cache:1'],
  ssh: [{ id: 'default', name: 'key' }],
};

async function aSuccess() {
  const running = await aRunningBuild(db, { options });
  await finish(db, running.holder, anOutcome({ image: { ...anImage('built'), baseImage: BASE } }));
  const recorder = createRecorder(db.controller);
  await recorder.moveTags(running.lease, () => Promise.resolve());
  await recorder.record(running.build.id, running.lease, { kind: 'published' });
  return running;
}

const request = (buildId: string, over: Partial<RebuildRequest> = {}): RebuildRequest => ({
  buildId,
  limits: BUILT_IN_LIMITS,
  judge: () => undefined,
  pin: pinFor('buildx'),
  idempotency: null,
  ...over,
});

test('a rebuild has the options of the record, no caches, and the images by their digests', async () => {
  const { build, tenant } = await aSuccess();
  const store = createBuildStore(db.api);
  const made = await store.rebuild(tenant, request(build.id));
  const pinned = [`docker.io/library/debian:12@${BASE.digest}`];
  expect(made).toMatchObject({ created: true, pinned, notPinned: [] });
  const config = await store.config(tenant, made.build.id);
  expect(config.options).toEqual({
    dockerfile_inline: 'FROM debian:12',
    build_args: { A: '1' },
    ssh: [{ id: 'default', name: 'key' }],
    cache_enabled: false,
    pinned_images: pinned,
  });
  const [repository] = build.destinations[0]!.split(/:(?=[^/]*$)/);
  expect(made.build.destinations).toEqual([
    `${repository}:${build.build_number}-rebuilt-${made.build.build_number}`,
  ]);
});

test('a method that cannot be told of images says which those are', async () => {
  const { build, tenant } = await aSuccess();
  const made = await createBuildStore(db.api).rebuild(
    tenant,
    request(build.id, { pin: (options) => ({ options, images: [] }) }),
  );
  expect(made).toMatchObject({ pinned: [], notPinned: ['docker.io/library/debian:12'] });
});

test('the same key gives the same rebuild', async () => {
  const { build, tenant } = await aSuccess();
  const idempotency = { key: 'again', requestSha256: 'a'.repeat(64) };
  const store = createBuildStore(db.api);
  const first = await store.rebuild(tenant, request(build.id, { idempotency }));
  const second = await store.rebuild(tenant, request(build.id, { idempotency }));
  expect(second).toMatchObject({ created: false, build: { id: first.build.id } });
});

test('what has not succeeded is not rebuilt', async () => {
  const { build, tenant } = await aRunningBuild(db);
  await expect(createBuildStore(db.api).rebuild(tenant, request(build.id))).rejects.toMatchObject({
    code: 'conflict',
    fix: 'Ask again when it has ended: `kiln logs -f` follows it.',
  });
});
