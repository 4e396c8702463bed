import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import { startAudit } from '../../src/controller/audit.js';
import { createCleanUp } from '../../src/controller/clean-up.js';
import { createRecorder } from '../../src/storage/builds/recorder.js';
import { createAudit } from '../../src/storage/dispatch/audit.js';
import { createDispatcher } from '../../src/storage/dispatch/dispatcher.js';
import { pushImage } from '../adapters/registry/an-image.js';
import { startRegistry, type RealRegistry } from '../support/real-registry.js';
import { aBuild, aProject, aTenant, aWorker, takeUp } from '../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';
import { eventually } from '../support/own-processes.js';

let db: FreshDatabase;
let server: RealRegistry;
beforeAll(async () => {
  db = await freshDatabase();
  server = await startRegistry({ canDelete: true });
});
afterAll(async () => {
  server.stop();
  await db.close();
});

test('the audit empties the staging of a build whose workflow is gone', async () => {
  const registry = createImageRegistry();
  const dispatcher = createDispatcher(db.controller);
  const recorder = createRecorder(db.controller);
  const tenant = await aTenant(db);
  const worker = await aWorker(db, { tenantId: tenant.tenantId });
  const project = await aProject(db, tenant, `${server.host}/team/app`);
  const build = await aBuild(db, tenant, project.id);
  const answer = await dispatcher.requestLease(build.id);
  if (answer.kind !== 'granted') throw new Error(`expected a grant, got ${answer.kind}`);
  await takeUp(db, worker.workerId, answer.lease);
  const { digest } = await pushImage(server.host, 'team/app-staging', `${build.id}-1`);
  await recorder.record(build.id, null, { kind: 'abandoned' });
  const repaired: string[] = [];

  const audit = startAudit({
    audit: createAudit(db.controller),
    recorder,
    dispatcher,
    workflows: {
      ...{ state: async () => 'open', start: async () => undefined },
      ...{ openBuilds: async () => new Set(), signalLeaseGranted: async () => undefined },
      terminate: async () => undefined,
    },
    cleanUp: createCleanUp({
      ...{ dispatcher, registryFor: () => registry, tidyUp: async () => undefined },
    }),
    log: { error: () => undefined },
    repaired: (buildId, what) => repaired.push(`${buildId} ${what}`),
    everyMs: 20,
    cleanAfterMs: 0,
  });
  await eventually(() => repaired.length > 0);
  await audit.stop();

  expect(repaired).toEqual([`${build.id} cleaned`]);
  const staging = `${server.host}/team/app-staging`;
  expect(await registry.head(staging, `${build.id}-1`)).toBeNull();
  expect((await registry.head(staging, digest))?.digest).toBe(digest);
  const row = await db.controller
    .selectFrom('build_results as r')
    .innerJoin('builds as b', 'b.id', 'r.build_id')
    .select(['r.cleanup_status', 'b.cleanup_at'])
    .where('b.id', '=', build.id)
    .executeTakeFirstOrThrow();
  expect(row).toEqual({ cleanup_status: 'completed', cleanup_at: expect.any(Date) });
});
