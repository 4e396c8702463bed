import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import type { Recorder } from '../../../src/ports/dispatch.js';
import type { BuildStore } from '../../../src/ports/stores.js';
import {
  aDigest,
  aFailure,
  aGrantedBuild,
  anImage,
  anOutcome,
  aRunningBuild,
  aStep,
  finish,
} from '../../support/builds.js';
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

const moveNothing = () => Promise.resolve();

test('a published build has its image, layers, metrics, result and history in one go', async () => {
  const { tenant, build, lease, holder, project } = await aRunningBuild(db, {
    destinations: ['registry.local:5000/team/app:1.0'],
  });
  const image = anImage('published', ['published base', 'published app']);
  await createLeaseGate(db.api).putSteps(holder, 1, [aStep(1, { status: 'success' })]);
  await finish(db, holder, anOutcome({ image }));
  await recorder.moveTags(lease, moveNothing);

  expect(await recorder.record(build.id, lease, { kind: 'published' })).toEqual({ status: 'success' });

  const read = await store.get(tenant, build.id);
  expect(read).toMatchObject({
    status: 'success',
    error_message: null,
    log_complete: true,
    result: {
      status: 'success',
      exit_code: 0,
      output_image_url: `registry.local:5000/team/app@${image.manifestDigest}`,
      output_image_digest: image.manifestDigest,
      failure_reason: null,
      artifact_push_milliseconds: null,
      cleanup_status: 'pending',
    },
  });
  expect(read.image_id).not.toBeNull();
  expect(read.completed_at).not.toBeNull();
  const { total_duration_milliseconds, queue_wait_milliseconds, build_execution_milliseconds } = read.result;
  expect(total_duration_milliseconds).toBeGreaterThanOrEqual(
    queue_wait_milliseconds! + build_execution_milliseconds!,
  );
  expect(await store.metrics(tenant, build.id)).toEqual({
    total_duration_seconds: expect.any(Number),
    docker_build_duration_seconds: 2,
    docker_push_duration_seconds: 1,
    peak_memory_usage_mb: 64,
    cpu_usage_percent: 87.5,
    disk_read_bytes: 1_000,
    disk_write_bytes: 2_000,
    total_layers: 2,
    reused_layers: 0,
    new_layers: 2,
    final_image_size_bytes: 2_000,
    compression_ratio: 0.25,
  });
  expect(await store.layers(tenant, build.id)).toMatchObject([
    {
      layer_number: 1,
      layer_digest: aDigest('published base'),
      is_base_layer: true,
      used_in_builds_count: 1,
    },
    { layer_number: 2, layer_digest: aDigest('published app'), step_number: 1 },
  ]);
  expect((await store.steps(tenant, build.id))[0]).toMatchObject({
    layer_digest: aDigest('published app'),
    layer_size_bytes: 1_000,
  });
  expect((await store.history(tenant, build.id)).at(-1)).toMatchObject({
    from_status: 'in_progress',
    to_status: 'success',
    changed_by_system: true,
  });
  const bases = await db.controller
    .selectFrom('image_layers')
    .select(['layer_number', 'base_image_name', 'base_image_tag'])
    .where('image_id', '=', read.image_id)
    .orderBy('layer_number')
    .execute();
  expect(bases).toEqual([
    { layer_number: 1, base_image_name: '127.0.0.1:5000/base/busybox', base_image_tag: '1' },
    { layer_number: 2, base_image_name: null, base_image_tag: null },
  ]);
  const tags = await db.controller
    .selectFrom('image_tags')
    .selectAll()
    .where('build_id', '=', build.id)
    .execute();
  expect(tags).toMatchObject([
    { repository: 'registry.local:5000/team/app', tag: '1.0', image_id: read.image_id },
  ]);
  expect(project.id).toBe(read.project_id);
});

test('recording again changes nothing, whatever the second ending says', async () => {
  const { tenant, build, lease, holder } = await aRunningBuild(db);
  await finish(db, holder, aFailure());
  await recorder.record(build.id, lease, { kind: 'run_failed' });
  const first = await store.get(tenant, build.id);

  const answers = await Promise.all([
    recorder.record(build.id, lease, { kind: 'cancelled' }),
    recorder.record(build.id, lease, { kind: 'published' }),
    recorder.record(build.id, null, { kind: 'queue_timeout' }),
  ]);

  expect(answers).toEqual(Array(3).fill({ status: 'failed' }));
  expect(await store.get(tenant, build.id)).toEqual(first);
});

test('of many recorders at once one decides', async () => {
  const { tenant, build, lease, holder } = await aRunningBuild(db);
  await finish(db, holder, aFailure());

  const answers = await Promise.all([
    ...Array.from({ length: 5 }, () => recorder.record(build.id, lease, { kind: 'run_failed' })),
    ...Array.from({ length: 5 }, () => recorder.record(build.id, lease, { kind: 'cancelled' })),
  ]);

  expect(new Set(answers.map((answer) => answer.status)).size).toBe(1);
  const ends = (await store.history(tenant, build.id)).filter((row) => row.to_status !== 'in_progress');
  expect(ends).toHaveLength(2);
});

test('a failed run says stage, exit code, instruction, last lines and what to do', async () => {
  const { tenant, build, lease, holder } = await aRunningBuild(db);
  await createLeaseGate(db.api).putSteps(holder, 1, [
    aStep(1, { status: 'success' }),
    aStep(2),
    aStep(3, { status: 'pending' }),
  ]);
  await finish(db, holder, aFailure());

  await recorder.record(build.id, lease, { kind: 'run_failed' });

  expect(await store.get(tenant, build.id)).toMatchObject({
    status: 'failed',
    error_message: 'RUN false ended with exit code 1.',
    image_id: null,
    result: {
      status: 'failed',
      exit_code: 1,
      failure_reason: 'RUN false ended with exit code 1.',
      failure_code: 'build_step_failed',
      failure_stage: 'build',
      failure_step: 2,
      failure_instruction: 'RUN false',
      failure_last_lines: ['one', 'two'],
      failure_fix: 'Read the last lines of the step in the log.',
      retryable: false,
      output_image_digest: null,
    },
  });
  expect((await store.steps(tenant, build.id)).map((step) => step.status)).toEqual([
    'success',
    'failed',
    'skipped',
  ]);
});

test('a publication that failed after a good build says push and keeps its metrics', async () => {
  const { tenant, build, lease, holder } = await aRunningBuild(db);
  await finish(db, holder, anOutcome());

  await recorder.record(build.id, lease, {
    kind: 'publish_failed',
    code: 'registry_denied',
    message: 'The registry refused the credentials.',
  });

  expect(await store.get(tenant, build.id)).toMatchObject({
    status: 'failed',
    result: { failure_stage: 'push', failure_code: 'registry_denied', retryable: false },
  });
  expect(await store.metrics(tenant, build.id)).toMatchObject({
    docker_build_duration_seconds: 2,
    total_layers: null,
    final_image_size_bytes: null,
  });
});

test('a build that ran too long is failed with the result timeout, and its open log says what is missing', async () => {
  const { tenant, build, lease } = await aRunningBuild(db);

  await recorder.record(build.id, lease, { kind: 'build_timeout' });

  expect(await store.get(tenant, build.id)).toMatchObject({
    status: 'failed',
    log_complete: true,
    result: { status: 'timeout', failure_code: 'build_timeout' },
  });
  expect((await store.attempts(tenant, build.id))[0]?.log_note).toBe('output after line 0 unavailable');
});

test('a cancel says who asked, and gives back a lease that the workflow never heard of', async () => {
  const { tenant, worker, build } = await aGrantedBuild(db);
  await store.requestCancel(tenant, build.id);

  await recorder.record(build.id, null, { kind: 'cancelled' });

  expect(await store.get(tenant, build.id)).toMatchObject({
    status: 'cancelled',
    result: { status: 'cancelled', failure_code: 'cancelled' },
  });
  expect((await store.history(tenant, build.id)).at(-1)).toMatchObject({
    to_status: 'cancelled',
    changed_by_system: false,
  });
  const row = await db.controller
    .selectFrom('build_workers')
    .select('current_builds_count')
    .where('id', '=', worker.workerId)
    .executeTakeFirstOrThrow();
  expect(row.current_builds_count).toBe(0);
});

test('published is refused until every tag has been moved', async () => {
  const { build, lease, holder } = await aRunningBuild(db);
  await finish(db, holder, anOutcome());

  await expect(recorder.record(build.id, lease, { kind: 'published' })).rejects.toMatchObject({
    code: 'stale_fence',
  });
});

test('an overtaken attempt cannot end the build of a newer one', async () => {
  const { build, lease } = await aRunningBuild(db);
  const dispatcher = createDispatcher(db.controller);
  await dispatcher.loseAttempt(lease);
  await dispatcher.requestLease(build.id);

  for (const ending of [
    { kind: 'build_timeout' },
    { kind: 'run_failed' },
    { kind: 'publish_failed', code: 'internal', message: 'x' },
    { kind: 'published' },
  ] as const) {
    await expect(recorder.record(build.id, lease, ending)).rejects.toMatchObject({ code: 'stale_fence' });
  }
});

test('a build whose tags are all moved is a success even when its worker dies before it is recorded', async () => {
  const { tenant, build, lease, holder } = await aRunningBuild(db);
  await finish(db, holder, anOutcome());
  await recorder.moveTags(lease, moveNothing);
  await createDispatcher(db.controller).loseAttempt(lease);

  expect(await recorder.moveTags(lease, moveNothing)).toEqual({ result: 'moved' });
  expect(await recorder.record(build.id, lease, { kind: 'published' })).toEqual({ status: 'success' });
  expect(await store.get(tenant, build.id)).toMatchObject({ status: 'success', attempts: 1 });
});
