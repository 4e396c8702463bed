import { KilnError } from '../../../src/domain/errors.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packFileList } from '../../../src/adapters/layers/file-list.js';
import { createExploreImage } from '../../../src/controller/explore-image.js';
import type { InspectedImage } from '../../../src/domain/builds/outcome.js';
import type { ImageContents } from '../../../src/domain/images/exploration.js';
import type { Recorder } from '../../../src/ports/dispatch.js';
import type {
  ExploredImage,
  Explorations,
  ExploreManifest,
  StoredLayer,
} from '../../../src/ports/explorations.js';
import type { ImageStore } from '../../../src/ports/images.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createExplorations } from '../../../src/storage/images/explorations.js';
import { createImageStore } from '../../../src/storage/images/image-store.js';
import { aBuild, aDigest, anImage, aProject, aTenant, aWorker } from '../../support/builds.js';
import { buildImage } from '../../support/built-build.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
let recorder: Recorder;
let explorations: Explorations;
let images: ImageStore;
beforeAll(async () => {
  db = await freshDatabase();
  recorder = createRecorder(db.controller);
  explorations = createExplorations(db.controller);
  images = createImageStore(db.api);
});
afterAll(() => db.close());

const unknown = (name: string, layers?: readonly string[]): InspectedImage => ({
  ...anImage(name, layers),
  uncompressedSizeBytes: null,
});

/** A build that has made an image, and whom it belongs to. */
async function aPublished(image: InspectedImage, over: { tenant?: TenantContext; projectId?: string } = {}) {
  const tenant = over.tenant ?? (await aTenant(db));
  const projectId = over.projectId ?? (await aProject(db, tenant)).id;
  const worker = await aWorker(db, { tenantId: tenant.tenantId, slots: 1 });
  const build = await aBuild(db, tenant, projectId);
  const lease = await buildImage(db, build.id, worker, image);
  await recorder.moveTags(lease, () => Promise.resolve());
  const record = () => recorder.record(build.id, lease, { kind: 'published' });
  const explored: ExploredImage = { tenantId: tenant.tenantId, projectId, digest: image.manifestDigest };
  return { tenant, projectId, build, record, explored };
}

const layer: StoredLayer = {
  unpackedSizeBytes: 5_000,
  entryCount: 1,
  packageDatabases: [{ path: 'lib/apk/db/installed', packages: [['musl', '1.2']] }],
  note: null,
  fileList: packFileList([{ path: 'a', kind: 'file', sizeBytes: 3, mode: 0o644, content: 'c' }]),
};

const contents: ImageContents = {
  unpackedSizeBytes: 10_000,
  layers: [
    { number: 1, filesAdded: 2, filesChanged: 0, filesRemoved: 0, fileSizeBytes: 800, wastedBytes: 200 },
    { number: 2, filesAdded: 1, filesChanged: 1, filesRemoved: 0, fileSizeBytes: 200, wastedBytes: 0 },
  ],
  packages: [{ name: 'musl', version: '1.2', type: 'apk', sourceName: null, purl: null }],
  note: null,
};

/** Reads every layer that is not known, and finds the same in each. */
function anExplorer(seen: string[] = []): ExploreManifest {
  return async (_owner, { layers }, save) => {
    for (const { digest, known } of layers) {
      if (known !== null) continue;
      seen.push(digest);
      await save(digest, layer);
    }
    return contents;
  };
}

const explore = (image: ExploredImage, exploreManifest = anExplorer()) =>
  createExploreImage({ explorations, exploreManifest, recogniseBase: () => Promise.resolve() })(
    image,
    new AbortController().signal,
  );

const asked = (tenantId: string) =>
  db.controller
    .selectFrom('outbox')
    .select('message')
    .where('tenant_id', '=', tenantId)
    .execute()
    .then((rows) =>
      rows.flatMap(({ message }) => (message.kind === 'explore_image' ? [message.digest] : [])),
    );

test('the first build of an image asks for its exploration, which tells layers, image and build what is in it', async () => {
  const image = unknown('explored');
  const { tenant, build, record, explored } = await aPublished(image);
  await record();
  expect(await asked(tenant.tenantId)).toEqual([image.manifestDigest]);
  expect((await images.get(tenant, image.manifestDigest)).exploration).toMatchObject({
    state: 'pending',
    efficiency: null,
  });

  const seen: string[] = [];
  await explore(explored, anExplorer(seen));

  expect(seen).toEqual([aDigest('base'), aDigest('explored')]);
  expect(await images.get(tenant, image.manifestDigest)).toMatchObject({
    uncompressed_size_bytes: 10_000,
    packages_count: 1,
    exploration: { state: 'explored', file_size_bytes: 1_000, wasted_bytes: 200, efficiency: 0.8 },
  });
  const builds = createBuildStore(db.api);
  expect(await builds.layers(tenant, build.id)).toMatchObject([
    { unpacked_size_bytes: 5_000, files_added: 2, files_changed: 0, files_removed: 0, wasted_bytes: 200 },
    { unpacked_size_bytes: 5_000, files_added: 1, files_changed: 1, wasted_bytes: 0 },
  ]);
  expect((await builds.metrics(tenant, build.id)).compression_ratio).toBe(0.2);
  const lists = await images.fileLists(tenant, (await images.get(tenant, image.manifestDigest)).id);
  expect(lists.map((list) => Buffer.from(list).equals(layer.fileList))).toEqual([true, true]);
});

test('what is known is not read again: neither the layer of another image, nor the image of another project', async () => {
  const first = await aPublished(unknown('once', ['shared', 'once']));
  await first.record();
  await explore(first.explored);

  const { tenant } = first;
  const second = await aPublished(unknown('twice', ['shared', 'twice']), { tenant });
  await second.record();
  const seen: string[] = [];
  await explore(second.explored, anExplorer(seen));
  expect(seen).toEqual([aDigest('twice')]);

  const again = await aPublished(unknown('once', ['shared', 'once']), { tenant });
  await again.record();
  expect((await asked(tenant.tenantId)).sort()).toEqual(
    [first.explored.digest, second.explored.digest].sort(),
  );
  expect((await createBuildStore(db.api).metrics(tenant, again.build.id)).compression_ratio).toBe(0.2);
  const found = await images.list(tenant, { projectId: again.projectId, limit: 5, cursor: null });
  expect(found.items).toMatchObject([{ uncompressed_size_bytes: 10_000, packages_count: 1 }]);
});

test('tenants share nothing: each reads the same layers for itself and sees its own alone', async () => {
  const image = unknown('of two tenants', ['one', 'two']);
  const [mine, theirs] = [await aPublished(image), await aPublished(image)];
  await mine.record();
  await theirs.record();
  await explore(mine.explored);
  expect((await images.get(theirs.tenant, image.manifestDigest)).exploration.state).toBe('pending');
  const own = await images.get(mine.tenant, image.manifestDigest);
  await expect(images.get(theirs.tenant, own.id)).rejects.toMatchObject({ code: 'not_found' });
  expect(await images.fileLists(theirs.tenant, own.id)).toEqual([]);
  const seen: string[] = [];
  await explore(theirs.explored, anExplorer(seen));
  expect(seen).toHaveLength(2);
});

test('a build that is recorded while its image is explored gets what is found, whoever is first', async () => {
  const image = unknown('raced', ['raced']);
  const first = await aPublished(image);
  await first.record();
  const others = [];
  for (let index = 0; index < 6; index += 1) others.push(await aPublished(image, first));
  await Promise.all([explore(first.explored), ...others.map((other) => other.record())]);
  const builds = createBuildStore(db.api);
  for (const { build } of [first, ...others])
    expect((await builds.metrics(first.tenant, build.id)).compression_ratio).toBe(0.2);
});

test('a layer that cannot be read is told with its reason, and stays so', async () => {
  const image = unknown('broken', ['fine', 'broken']);
  const { tenant, record, explored, projectId } = await aPublished(image);
  await record();
  const broken: ExploreManifest = async (_owner, { layers }, save) => {
    await save(layers[1]!.digest, { failureReason: 'it is no tar that can be read' });
    return { failureReason: 'layer 2: it is no tar that can be read' };
  };
  await explore(explored, broken);
  expect((await images.get(tenant, image.manifestDigest)).exploration).toMatchObject({
    state: 'failed',
    failure_reason: 'layer 2: it is no tar that can be read',
  });
  const before = (await asked(tenant.tenantId)).length;
  await (await aPublished(image, { tenant, projectId })).record();
  expect(await asked(tenant.tenantId)).toHaveLength(before);
});

test('an image that could not be fetched is asked for again by the next build of it', async () => {
  const image = unknown('away', ['away']);
  const { tenant, record, explored, projectId } = await aPublished(image);
  await record();
  await explorations.giveUp(tenant.tenantId, explored.digest, 'The registry does not answer.');
  expect((await images.get(tenant, image.manifestDigest)).exploration).toMatchObject({
    state: 'failed',
    failure_reason: 'The registry does not answer.',
  });
  await (await aPublished(image, { tenant, projectId })).record();
  expect(await asked(tenant.tenantId)).toHaveLength(2);
  await explore(explored);
  expect((await images.get(tenant, image.manifestDigest)).exploration.state).toBe('explored');
  await explorations.giveUp(tenant.tenantId, explored.digest, 'too late');
  expect((await images.get(tenant, image.manifestDigest)).exploration.state).toBe('explored');
});

test('an exploration that is tried again says why its last try came to nothing, until it has ended', async () => {
  const image = unknown('tried', ['tried']);
  const { tenant, record, explored } = await aPublished(image);
  await record();
  const away: ExploreManifest = () => Promise.reject(new KilnError('registry_failed', { message: 'Away.' }));
  await expect(explore(explored, away)).rejects.toThrow('Away.');
  expect((await images.get(tenant, image.manifestDigest)).exploration).toMatchObject({
    state: 'pending',
    failure_reason: 'Away.',
  });
  await explore(explored);
  expect((await images.get(tenant, image.manifestDigest)).exploration).toMatchObject({
    state: 'explored',
    failure_reason: null,
  });
});

test('an exploration that was lost is asked for again, once, and one that has ended is not', async () => {
  const image = unknown('lost', ['lost']);
  const { tenant, record, explored } = await aPublished(image);
  await record();
  await db.controller.deleteFrom('outbox').where('tenant_id', '=', tenant.tenantId).execute();
  await explorations.askAgain(60_000);
  expect(await asked(tenant.tenantId)).toEqual([]);
  await explorations.askAgain(0);
  await explorations.askAgain(0);
  expect(await asked(tenant.tenantId)).toEqual([image.manifestDigest]);
  await explore(explored);
  await db.controller.deleteFrom('outbox').where('tenant_id', '=', tenant.tenantId).execute();
  await explorations.askAgain(0);
  expect(await asked(tenant.tenantId)).toEqual([]);
});

test('an index is explored platform by platform, and a layer that both have counts once', async () => {
  const [amd, arm] = [unknown('amd', ['both', 'amd']), unknown('arm', ['both', 'arm'])];
  const index: InspectedImage = {
    ...unknown('index', []),
    configDigest: null,
    platform: null,
    platformImages: [
      { ...amd, platform: 'linux/amd64' },
      { ...arm, platform: 'linux/arm64' },
    ],
  };
  const { tenant, build, record, explored } = await aPublished(index);
  await record();
  expect(await asked(tenant.tenantId)).toEqual([index.manifestDigest]);
  await explore(explored);
  expect(await images.get(tenant, index.manifestDigest)).toMatchObject({
    platforms: ['linux/amd64', 'linux/arm64'],
    uncompressed_size_bytes: 15_000,
    total_layer_count: 4,
    exploration: { state: 'explored' },
  });
  expect((await createBuildStore(db.api).metrics(tenant, build.id)).compression_ratio).toBeCloseTo(2 / 15, 4);
  const ofArm = await images.manifest(tenant, index.manifestDigest, 'linux/arm64');
  expect([ofArm.manifestDigest, ofArm.layers.length]).toEqual([arm.manifestDigest, 2]);
  await expect(images.manifest(tenant, index.manifestDigest, 'windows/amd64')).rejects.toMatchObject({
    message: 'The image is not for windows/amd64; it is for linux/amd64, linux/arm64.',
  });
  const listed = await images.list(tenant, { projectId: null, limit: 10, cursor: null });
  expect(listed.items.map((one) => one.manifest_digest)).toEqual([index.manifestDigest]);
});

test('the beginning of a digest names an image as long as it is the only one', async () => {
  const image = unknown('named', ['named']);
  const { tenant, record } = await aPublished(image);
  await record();
  await (await aPublished(unknown('other', ['other']), { tenant })).record();
  expect((await images.get(tenant, image.manifestDigest.slice(0, 15))).manifest_digest).toBe(
    image.manifestDigest,
  );
  await expect(images.get(tenant, 'sha256:')).rejects.toMatchObject({ code: 'invalid_request' });
  await expect(images.get(tenant, 'sha256:0123456')).rejects.toMatchObject({ code: 'not_found' });
});
