import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import type { Recorder } from '../../../src/ports/dispatch.js';
import type { BuildStore } from '../../../src/ports/stores.js';
import { aBuild, aProject, aRunningBuild, aTenant } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
let recorder: Recorder;
let store: BuildStore;
beforeAll(async () => {
  db = await freshDatabase();
  recorder = createRecorder(db.controller);
  store = createBuildStore(db.api);
});
afterAll(() => db.close());

test('a build that waited too long is failed with the result timeout and no stage', async () => {
  const tenant = await aTenant(db);
  const build = await aBuild(db, tenant, (await aProject(db, tenant)).id);

  await recorder.record(build.id, null, { kind: 'queue_timeout' });

  expect(await store.get(tenant, build.id)).toMatchObject({
    status: 'failed',
    log_complete: true,
    result: {
      status: 'timeout',
      failure_code: 'queue_timeout',
      failure_stage: null,
      build_execution_milliseconds: null,
      cleanup_status: 'completed',
    },
  });
});

test('a build that was granted at the last moment has not waited too long', async () => {
  const { tenant, build } = await aRunningBuild(db);

  const recording = recorder.record(build.id, null, { kind: 'queue_timeout' });

  await expect(recording).rejects.toMatchObject({ code: 'stale_fence' });
  expect(await store.get(tenant, build.id)).toMatchObject({ status: 'in_progress' });
});
