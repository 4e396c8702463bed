import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import type { Recorder } from '../../../src/ports/dispatch.js';
import {
  aBuild,
  aDigest,
  anImage,
  anOutcome,
  aProject,
  aTenant,
  aWorker,
  finish,
  takeUp,
} from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
let recorder: Recorder;
beforeAll(async () => {
  db = await freshDatabase();
  recorder = createRecorder(db.controller);
});
afterAll(() => db.close());

const moveNothing = () => Promise.resolve();

test('fifty builds that share layers and end at once are counted exactly', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const worker = await aWorker(db, { tenantId: tenant.tenantId, slots: 50 });
  const dispatcher = createDispatcher(db.controller);
  const builds = [];
  for (let index = 0; index < 50; index += 1) builds.push(await aBuild(db, tenant, project.id));
  await dispatcher.grantNext();
  const leases = await Promise.all(
    builds.map(async (build, index) => {
      const answer = await dispatcher.requestLease(build.id);
      if (answer.kind !== 'granted') throw new Error(answer.kind);
      const { holder } = await takeUp(db, worker.workerId, answer.lease);
      const layers = ['shared base', `own ${String(index)}`, 'shared top', 'shared base'];
      if (index % 2 === 1) layers.reverse();
      await finish(db, holder, anOutcome({ image: anImage(`shared ${String(index % 25)}`, layers) }));
      await recorder.moveTags(answer.lease, moveNothing);
      return answer.lease;
    }),
  );

  await Promise.all(leases.map((lease) => recorder.record(lease.buildId, lease, { kind: 'published' })));

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
