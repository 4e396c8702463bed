import { sql } from 'kysely';
import type { Publication } from '../../../src/contracts/publications.js';
import { KilnError } from '../../../src/domain/errors.js';
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

const look = ({ buildId }: Staged) =>
  createLeftPublications(db.controller).tidyUp(buildId, () => house.registry.registry());
const tidyUp = async (staged: Staged) => (await look(staged)).removed;

async function read({ buildId }: Staged): Promise<Publication> {
  const [publication] = await createBuildStore(db.api).publications(place.tenant, buildId);
  return publication!;
}

const dueBuilds = () => createLeftPublications(db.controller).due(10);

/** Makes the end of a build, and so the looks that are planned, so much older. */
async function pass(seconds: number, { buildId }: Staged): Promise<void> {
  await db.admin.transaction().execute(async (tx) => {
    // Past the guard of what has ended.
    await sql`SET LOCAL session_replication_role = replica`.execute(tx);
    const by = sql<Date>`${seconds} * interval '1 s'`;
    await sql`UPDATE publications SET tidy_due_at = tidy_due_at - ${by} WHERE build_id = ${buildId}`.execute(
      tx,
    );
    await sql`UPDATE builds SET completed_at = completed_at - ${by} WHERE id = ${buildId}`.execute(tx);
  });
}

async function secondsUntilNext({ buildId }: Staged): Promise<number | null> {
  const { rows } = await sql<{ seconds: number | null }>`
    SELECT round(extract(epoch FROM p.tidy_due_at - b.completed_at) / 10)::int * 10 AS seconds
    FROM publications p JOIN builds b ON b.id = p.build_id WHERE b.id = ${buildId}`.execute(db.controller);
  return rows[0]!.seconds;
}

test('what a cancelled build has sent is removed from its destinations, the index before its images, and so is what comes late', async () => {
  const build = await aBegunBuild(anIndex());
  expect(await tidyUp(build)).toEqual([]);
  await cancel(build);

  const { image, destinations } = build;
  const all = [image.manifestDigest, ...image.platformImages!.map((one) => one.manifestDigest)];
  const named = all.map((digest) => `${repositoryOf(destinations)}@${digest}`);
  expect(await tidyUp(build)).toEqual(named);

  expect(house.registry.manifests.size).toBe(0);
  const publication = await read(build);
  expect(publication).toMatchObject({ status: 'given_up', removed_at: expect.any(String) });
  expect(publication.not_served_at).toBe(publication.removed_at);
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

test('a tag that points late at what a failed build has sent is told of, and no look before it is believed any more', async () => {
  const build = await aBegunBuild(anImage(aName('served')));
  await cancel(build);
  await tidyUp(build);
  expect(await read(build)).toMatchObject({ not_served_at: expect.any(String), tidy_trouble: null });

  house.copy(build);
  const [destination] = build.destinations;
  house.registry.tags.set(destination!, build.image.manifestDigest);
  expect(await tidyUp(build)).toEqual([]);
  const tag = destination!.slice(repositoryOf(build.destinations).length + 1);
  const told = await read(build);
  expect(told.not_served_at).toBeNull();
  expect(told.tidy_trouble).toMatch(`It is served: the tag ${tag} points at it. `);
  expect(told.tidy_trouble).toContain(`move or remove ${destination!}; then remove`);

  house.registry.tags.delete(destination!);
  expect(await tidyUp(build)).toHaveLength(1);
  expect(await read(build)).toMatchObject({ not_served_at: expect.any(String), tidy_trouble: null });
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

test('a manifest that is absent is not said to be removed, and is looked for again a minute and ten after the end', async () => {
  const build = await house.stage(place, anImage(aName('held')));
  await report(build, { begins: { wasThere: false } });
  await cancel(build);
  expect(await dueBuilds()).toEqual([]);
  expect(await tidyUp(build)).toEqual([]);
  expect(await read(build)).toMatchObject({ removed_at: null, not_served_at: expect.any(String) });

  await pass(60, build);
  expect(await dueBuilds()).toEqual([build.buildId]);
  house.copy(build);
  expect(await tidyUp(build)).toEqual([`${repositoryOf(build.destinations)}@${build.image.manifestDigest}`]);
  expect(await read(build)).toMatchObject({ removed_at: expect.any(String) });
  expect(await dueBuilds()).toEqual([]);
  expect(await secondsUntilNext(build)).toBe(600);
  await pass(540, build);
  expect(await dueBuilds()).toEqual([build.buildId]);
  await tidyUp(build);
  expect(await read(build)).toMatchObject({ tidy_due_at: null, tidy_trouble: null });
});

test('a build that ended and was not looked at is due a minute later; one that has left nothing, and a success, never are', async () => {
  const begun = await aBegunBuild(anImage(aName('begun')));
  const nothing = await aBegunBuild(anImage(aName('nothing')), true);
  const success = await aBegunBuild(anImage(aName('success')));
  await house.moveTags(success);
  await house.record(success);
  for (const one of [begun, nothing]) await cancel(one);
  for (const one of [begun, nothing, success]) await pass(60, one);
  expect(await dueBuilds()).toEqual([begun.buildId]);
  await tidyUp(begun);
  for (const one of [nothing, success]) expect(await tidyUp(one)).toEqual([]);
});

test('a registry that does not answer is asked again, after waits that grow, until staging is emptied; one that keeps images is told of with the remedy', async () => {
  const build = await aBegunBuild(anImage(aName('away')));
  await cancel(build);
  house.registry.onRemove = () => {
    throw new KilnError('registry_unreachable', { message: 'It does not answer.' });
  };
  const waits: (number | null)[] = [];
  for (const seconds of [0, 60, 120, 86_000]) {
    await pass(seconds, build);
    const { troubles } = await look(build);
    expect(troubles).toMatchObject([{ error: { code: 'registry_unreachable' } }]);
    waits.push(await secondsUntilNext(build));
  }
  expect(waits).toEqual([60, 120, 360, null]);
  expect((await read(build)).tidy_trouble).toMatch(/^It does not answer\. /);

  house.registry.onRemove = () => {
    throw new KilnError('registry_keeps_images', { message: 'It keeps images.' });
  };
  await look(build);
  const kept = await read(build);
  expect(kept).toMatchObject({ removed_at: null, not_served_at: null, tidy_due_at: null });
  expect(kept.tidy_trouble).toMatch(/^It keeps images\. Allow it there .*, or remove \S+@sha256:/);

  house.registry.onRemove = () => undefined;
  expect(await tidyUp(build)).toHaveLength(1);
  expect(await read(build)).toMatchObject({ removed_at: expect.any(String), tidy_trouble: null });
});

test('one destination that does not answer holds up no other', async () => {
  const path = aName('two');
  const destinations = [`127.0.0.1:5000/${path}-a:v1`, `127.0.0.1:5000/${path}-b:v1`];
  const build = await house.stage(place, anImage(aName('two')), { destinations });
  for (const destination of destinations)
    await report({ ...build, destinations: [destination] }, { begins: { wasThere: false } });
  house.copy(build);
  await cancel(build);
  let asked = 0;
  house.registry.onRemove = () => {
    asked += 1;
    if (asked === 1) throw new KilnError('registry_unreachable');
  };
  const { removed, troubles } = await look(build);
  expect(removed).toEqual([`${repositoryOf([destinations[1]!])}@${build.image.manifestDigest}`]);
  expect(troubles).toMatchObject([{ repository: repositoryOf(destinations) }]);
});
