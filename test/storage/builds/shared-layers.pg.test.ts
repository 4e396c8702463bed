import { sql } from 'kysely';
import type { InspectedImage } from '../../../src/domain/builds/outcome.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import type { Recorder } from '../../../src/ports/dispatch.js';
import { aBuild, aDigest, anImage, aProject, aTenant, aWorker } from '../../support/builds.js';
import { buildImage } from '../../support/built-build.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
let recorder: Recorder;
beforeAll(async () => {
  db = await freshDatabase();
  recorder = createRecorder(db.controller);
});
afterAll(() => db.close());

const moveNothing = () => Promise.resolve();

/** Fifty builds of one project that are recorded at once; gives their tenant. */
async function fiftyAtOnce(imageOf: (index: number) => InspectedImage): Promise<TenantContext> {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const worker = await aWorker(db, { tenantId: tenant.tenantId, slots: 50 });
  const dispatcher = createDispatcher(db.controller);
  const builds = [];
  for (let index = 0; index < 50; index += 1) builds.push(await aBuild(db, tenant, project.id));
  await dispatcher.grantNext();
  const leases = await Promise.all(
    builds.map(async (build, index) => {
      const lease = await buildImage(db, build.id, worker, imageOf(index));
      await recorder.moveTags(lease, moveNothing);
      return lease;
    }),
  );

  await Promise.all(leases.map((lease) => recorder.record(lease.buildId, lease, { kind: 'published' })));
  return tenant;
}

test('fifty builds that share layers and end at once are counted exactly', async () => {
  const tenant = await fiftyAtOnce((index) => {
    const layers = ['shared base', `own ${String(index)}`, 'shared top', 'shared base'];
    if (index % 2 === 1) layers.reverse();
    return anImage(`shared ${String(index % 25)}`, layers);
  });

  const usage = await db.controller
    .selectFrom('layer_usage')
    .select(['layer_digest', 'used_in_builds_count'])
    .where('tenant_id', '=', tenant.tenantId)
    .execute();
  const counts = new Map(usage.map((row) => [row.layer_digest, row.used_in_builds_count]));
  expect(counts.get(aDigest('shared base'))).toBe(50);
  expect(counts.get(aDigest('shared top'))).toBe(50);
  expect(counts.size).toBe(52);
  const images = await db.controller
    .selectFrom('images')
    .select('id')
    .where('tenant_id', '=', tenant.tenantId)
    .execute();
  expect(images).toHaveLength(25);
  const metrics = await db.controller
    .selectFrom('build_metrics')
    .select((eb) => [
      eb.fn.sum<number>('new_layers').as('new'),
      eb.fn.sum<number>('reused_layers').as('reused'),
    ])
    .where('tenant_id', '=', tenant.tenantId)
    .executeTakeFirstOrThrow();
  // 50 own layers, the shared top once, the shared base once as two positions of one image.
  expect(metrics).toEqual({ new: 53, reused: 147 });
}, 120_000);

test('counters and times of layers are those that a count of all builds by hand gives', async () => {
  const tenant = await fiftyAtOnce((index) => {
    const image = index % 7;
    return anImage(`counted ${image}`, ['counted base', `counted ${image}`, `pair ${image % 3}`]);
  });

  const { rows } = await sql`
    SELECT u.layer_digest, u.used_in_builds_count AS builds, u.last_used_in_build_at AS last FROM layer_usage u
    WHERE u.tenant_id = ${tenant.tenantId} ORDER BY 1`.execute(db.controller);
  const { rows: byHand } = await sql`
    SELECT l.layer_digest, count(DISTINCT b.id)::int AS builds, max(i.last_built_at) AS last
    FROM builds b JOIN images i ON i.id = b.image_id JOIN image_layers l ON l.image_id = i.id
    WHERE b.tenant_id = ${tenant.tenantId} GROUP BY l.layer_digest ORDER BY 1`.execute(db.controller);
  expect(byHand.length).toBeGreaterThan(7);
  expect(rows).toEqual(byHand);
  const late = await sql`SELECT i.id FROM images i JOIN builds b ON b.image_id = i.id
    WHERE i.tenant_id = ${tenant.tenantId} GROUP BY i.id
    HAVING i.last_build_id <> (array_agg(b.id ORDER BY b.completed_at DESC))[1]`.execute(db.controller);
  expect(late.rows).toEqual([]);
}, 120_000);
