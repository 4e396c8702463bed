import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import type { PublicationReport } from '../../../src/domain/builds/publication.js';
import type { InspectedImage } from '../../../src/domain/builds/outcome.js';
import { KilnError } from '../../../src/domain/errors.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { inTenant } from '../../../src/storage/in-tenant.js';
import { createLeftPublications } from '../../../src/storage/retention/left-publications.js';
import { requireNoOpenRemoval, withOpenRemovals } from '../../../src/storage/retention/open-removals.js';
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

const anIndex = (image: InspectedImage) => ({
  ...anImage('index', []),
  manifestDigest: aDigest(aName('index')),
  platformImages: [image],
});

async function begin(
  { lease, image }: Staged,
  change: Partial<PublicationReport> = {},
  { tenant }: Pruned = place,
): Promise<void> {
  const holder = { ...lease, tenantId: tenant.tenantId };
  await createLeaseGate(db.api).putPublication(holder, lease.fence, {
    ...{ repository: repository(), manifestDigest: image.manifestDigest, status: 'copying' },
    ...{ tryNumber: 1, totalBlobs: 1, mountedBlobs: 0, existingBlobs: 0, uploadedBlobs: 0 },
    ...{ totalBytes: 9, sparedBytes: 0, sentBytes: 0, waitingReason: null, begins: { wasThere: false } },
    ...change,
  });
}

const repository = (): string => place.project.imageRepository;

async function aCancelledBuild(image = anImage(aName('left'))): Promise<Staged> {
  const staged = await house.stage(place, image);
  await begin(staged);
  house.copy(staged);
  await createBuildStore(db.api).requestCancel(place.tenant, staged.buildId);
  await createRecorder(db.controller).record(staged.buildId, staged.lease, { kind: 'cancelled' });
  return staged;
}

const tidyUp = ({ buildId }: Staged) =>
  createLeftPublications(db.controller).tidyUp(buildId, () => house.registry.registry());

async function open(): Promise<string[]> {
  const rows = await db.controller
    .selectFrom('open_removals')
    .select('manifest_digest')
    .where('repository', '=', repository())
    .execute();
  return rows.map((row) => row.manifest_digest);
}

async function pass(minutes: number): Promise<void> {
  await sql`UPDATE open_removals SET sent_at = sent_at - ${minutes} * interval '1 minute'
            WHERE repository = ${repository()}`.execute(db.controller);
}

/** The registry carries it out, or not, and nobody hears of it. */
function giveNoAnswer(): void {
  house.registry.onRemove = (onUnanswered) => {
    onUnanswered();
    throw new KilnError('cancelled');
  };
}

const REFUSED = {
  code: 'removal_unanswered',
  message: expect.stringMatching(
    /^A removal of the same image from .* was not answered and may still be carried out; publishing waits until \d\d:\d\d:\d\d UTC\.$/,
  ),
};

test('a removal is committed before the registry is asked, and taken back when it has answered', async () => {
  const left = await aCancelledBuild();
  let seen: string[] = [];
  house.registry.onRemove = async () => {
    seen = await open();
  };
  expect((await tidyUp(left)).removed).toHaveLength(1);
  expect(seen).toEqual([left.image.manifestDigest]);
  expect(await open()).toEqual([]);
});

test('a refusal of the registry is an answer', async () => {
  const left = await aCancelledBuild();
  house.registry.onRemove = () => {
    throw new KilnError('registry_keeps_images');
  };
  expect((await tidyUp(left)).troubles).toHaveLength(1);
  expect(await open()).toEqual([]);
});

test('while a removal is unanswered the same image is not published there, for ten minutes', async () => {
  const left = await aCancelledBuild();
  giveNoAnswer();
  expect((await tidyUp(left)).troubles).toHaveLength(1);
  expect(await open()).toEqual([left.image.manifestDigest]);

  const again = await house.stage(place, left.image);
  await expect(begin(again)).rejects.toMatchObject(REFUSED);
  await expect(begin(again, { begins: { wasThere: true } })).rejects.toMatchObject(REFUSED);
  const [begun] = await db.controller
    .selectFrom('builds')
    .select('publish_began_at')
    .where('id', '=', again.buildId)
    .execute();
  expect(begun!.publish_began_at).toBeNull();
  await begin(await house.stage(place, anImage(aName('other'))));
  await pass(9);
  await expect(begin(again)).rejects.toMatchObject(REFUSED);
  await pass(1);
  await begin(again);
});

test('nor is an index that holds it, or a part of an index that is removed', async () => {
  const part = anImage(aName('part'));
  const index = await aCancelledBuild(anIndex(part));
  const other = await house.stage(place, anIndex(part));
  const alone = await house.stage(place, part);
  house.registry.onRemove = (onUnanswered) => {
    if (house.registry.removals.length > 0) onUnanswered();
  };
  await tidyUp(index);
  expect(await open()).toEqual([part.manifestDigest]);
  await expect(begin(other)).rejects.toMatchObject(REFUSED);
  await expect(begin(alone)).rejects.toMatchObject(REFUSED);
});

test('what was forgotten by a process that died goes with the first removal after its time', async () => {
  const left = await aCancelledBuild();
  giveNoAnswer();
  await tidyUp(left);
  await pass(10);
  house.registry.onRemove = () => undefined;
  await tidyUp(left);
  expect(await open()).toEqual([]);
});

test('a prune that gets no answer keeps the same image from being published', async () => {
  const old = await house.publish(place, aName('old'));
  await house.publish(place, aName('new'));
  giveNoAnswer();
  expect(await house.prune(place)).toMatchObject({ removed: [], troubles: [{ repository: repository() }] });
  expect(await open()).toEqual([old.image.manifestDigest]);
  await expect(begin(await house.stage(place, old.image))).rejects.toMatchObject(REFUSED);
});

test('what a build has begun to publish is not removed, neither by a prune, also of another project, nor as a part of what another build has left', async () => {
  const old = await house.publish(place, aName('old'));
  await house.publish(place, aName('new'));
  const elsewhere = await house.aProject();
  const destinations = [`${repository()}:theirs`];
  await begin(await house.stage(elsewhere, old.image, { destinations }), {}, elsewhere);
  expect(await house.prune(place)).toMatchObject({
    removed: [],
    troubles: [],
  });

  const part = anImage(aName('part'));
  const index = await aCancelledBuild(anIndex(part));
  await begin(await house.stage(place, anIndex(part)));
  expect((await tidyUp(index)).removed).toEqual([`${repository()}@${index.image.manifestDigest}`]);
  expect(house.registry.removals).not.toContain(`${repository()}@${part.manifestDigest}`);
});

test('removals do not begin between the look of a publication for them and its commit', async () => {
  const order: string[] = [];
  const digest = aDigest(aName('raced'));
  const { tenantId } = place.tenant;
  let removing = Promise.resolve();
  await inTenant(db.api, tenantId, async (tx) => {
    await requireNoOpenRemoval(tx, repository(), [digest]);
    removing = withOpenRemovals(db.controller, repository(), [digest], async () => {
      order.push('removal');
    });
    await setTimeout(300);
    order.push('publication');
  });
  await removing;
  expect(order).toEqual(['publication', 'removal']);
});
