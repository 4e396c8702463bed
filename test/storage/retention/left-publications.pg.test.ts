import type { PublicationReport } from '../../../src/domain/builds/publication.js';
import type { InspectedImage } from '../../../src/domain/builds/outcome.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { createLeftPublications } from '../../../src/storage/retention/left-publications.js';
import { aDigest, aName, anImage } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { type Pruned, PruningHouse, type Staged } from './a-pruning-house.js';

let db: FreshDatabase;
let house: PruningHouse;
let place: Pruned;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  house = new PruningHouse(db);
  place = await house.aProject();
});

function anIndex(): InspectedImage {
  const platformImages = [anImage(aName('amd64')), anImage(aName('arm64'))];
  return { ...anImage('index', []), manifestDigest: aDigest(aName('index')), platformImages };
}

/** What the host of a build reports of its copy to the repository of the first destination. */
async function report({ lease, image, destinations }: Staged, change: Partial<PublicationReport>) {
  const holder = { ...lease, tenantId: place.tenant.tenantId };
  await createLeaseGate(db.api).putPublication(holder, lease.fence, {
    ...{ repository: repositoryOf(destinations), manifestDigest: image.manifestDigest, status: 'copying' },
    ...{ tryNumber: 1, totalBlobs: 1, mountedBlobs: 0, existingBlobs: 0, uploadedBlobs: 0 },
    ...{ totalBytes: 9, sparedBytes: 0, sentBytes: 0, waitingReason: null },
    ...change,
  });
}

function repositoryOf([destination = '']: readonly string[]): string {
  return destination.slice(0, destination.lastIndexOf(':'));
}

/** A build that has sent its manifests and has no tag yet. */
async function aBegunBuild(image: InspectedImage, wasThere = false): Promise<Staged> {
  const staged = await house.stage(place, image);
  await report(staged, { begins: { wasThere } });
  house.copy(staged);
  return staged;
}

async function cancel({ buildId, lease }: Staged): Promise<void> {
  await createBuildStore(db.api).requestCancel(place.tenant, buildId);
  await createRecorder(db.controller).record(buildId, lease, { kind: 'cancelled' });
}

const tidyUp = ({ buildId }: Staged) =>
  createLeftPublications(db.controller).tidyUp(buildId, () => house.registry.registry());

test('what a cancelled build has sent is removed from its destinations, the index before its images, and so is what comes late', async () => {
  const build = await aBegunBuild(anIndex());
  expect(await tidyUp(build)).toEqual([]);
  await cancel(build);

  const { image, destinations } = build;
  const all = [image.manifestDigest, ...image.platformImages!.map((one) => one.manifestDigest)];
  const named = all.map((digest) => `${repositoryOf(destinations)}@${digest}`);
  expect(await tidyUp(build)).toEqual(named);

  expect(house.registry.manifests.size).toBe(0);
  const [publication] = await createBuildStore(db.api).publications(place.tenant, build.buildId);
  expect(publication).toMatchObject({ status: 'given_up', removed_at: expect.any(String) });
  house.copy(build);
  expect(await tidyUp(build)).toEqual(named);
});

test('what the repository had before, or a tag names, stays', async () => {
  const before = await aBegunBuild(anImage(aName('before')), true);
  const tagged = await aBegunBuild(anImage(aName('tagged')));
  house.registry.tags.set(`${repositoryOf(tagged.destinations)}:mine`, tagged.image.manifestDigest);
  for (const build of [before, tagged]) {
    await cancel(build);
    expect(await tidyUp(build)).toEqual([]);
    expect(house.registry.holds(repositoryOf(build.destinations), build.image.manifestDigest)).toBe(true);
  }
});

test('what another build publishes there, or has published, stays', async () => {
  const image = anIndex();
  const [one, two] = [await aBegunBuild(image), await aBegunBuild(image, true)];
  await cancel(one);
  expect(await tidyUp(one)).toEqual([]);

  expect(await house.moveTags(two)).toEqual({ result: 'moved' });
  await house.record(two);
  house.registry.tags.clear();
  expect(await tidyUp(one)).toEqual([]);
  expect(house.registry.removals).toEqual([]);
});

test('a publication that never began has nothing removed, and its open uploads are ended once', async () => {
  const staged = await house.stage(place, anImage(aName('uploading')));
  const upload = { digest: 'sha256:layer', address: '/v2/app/blobs/uploads/1', sentBytes: 3 };
  await report(staged, { openUploads: [upload] });
  await cancel(staged);

  expect(await tidyUp(staged)).toEqual([]);
  await tidyUp(staged);

  expect(house.registry.endedUploads).toEqual([`${repositoryOf(staged.destinations)} ${upload.address}`]);
  expect(house.registry.removals).toEqual([]);
});
