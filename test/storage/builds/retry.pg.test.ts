import { BUILT_IN_LIMITS } from '../../../src/domain/limits/effective-limits.js';
import { sql } from 'kysely';
import type { AcceptBuild, RetryBuild } from '../../../src/ports/records.js';
import { ASKED_FOR } from '../../../src/domain/builds/trigger.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createProjectStore } from '../../../src/storage/identity/project-store.js';
import { createUploadStore } from '../../../src/storage/identity/upload-store.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { aFailure, aProject, aRequest, aRunningBuild, aTenant, finish } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

/** A build whose step failed and that is over. */
async function aFailedBuild(over: Partial<AcceptBuild> = {}) {
  const running = await aRunningBuild(db, over);
  await finish(db, running.holder, aFailure());
  await createRecorder(db.controller).record(running.build.id, running.lease, { kind: 'run_failed' });
  await createDispatcher(db.controller).release(running.lease);
  return running;
}

const retry = (tenant: TenantContext, buildId: string, over: Partial<RetryBuild> = {}) =>
  createBuildStore(db.api).retry(tenant, {
    buildId,
    limits: BUILT_IN_LIMITS,
    judge: () => {},
    resumeFrom: 'source',
    idempotency: null,
    ...over,
  });

const endAs = (buildId: string, status: string): Promise<unknown> =>
  sql`UPDATE builds SET status = ${status}, completed_at = clock_timestamp() WHERE id = ${buildId}`.execute(
    db.controller,
  );

const key = (text: string) => ({ key: text, requestSha256: 'a'.repeat(64) });

test('a retry is a new build with the configuration and commit of the old one, which it points at', async () => {
  const git = { commit: 'c'.repeat(40), branch: 'main', author: 'someone', message: 'why' };
  const { tenant, project, build, worker } = await aFailedBuild({ git, priority: 7 });

  const { build: retried, answer } = await retry(tenant, build.id);

  expect(answer).toBe('created');
  expect(retried).toMatchObject({
    status: 'queued',
    build_number: 2,
    git_commit: git.commit,
    branch: 'main',
    priority: 7,
    trigger_type: 'manual',
    trigger_source: `retry:${build.id}`,
    destinations: [`${project.imageRepository}:2`, `${project.imageRepository}:latest`],
    result: {
      is_retry: true,
      retry_count: 1,
      original_build_id: build.id,
      retry_of_build_id: build.id,
    },
  });
  const granted = await createDispatcher(db.controller).requestLease(retried.id);
  if (granted.kind !== 'granted') throw new Error(granted.kind);
  expect(granted.stagedDigest).toBeNull();
  const { run } = await createLeaseGate(db.api).acknowledge(
    worker.workerId,
    granted.lease.leaseId,
    granted.lease.fence,
  );
  expect(run).toMatchObject({
    source: { kind: 'inline' },
    options: { dockerfile_inline: 'FROM scratch' },
    build_method: 'buildx',
  });
});

test('options, arrays and upload of a configuration are copied as they are, destinations that were asked for too', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const upload = await createUploadStore(db.api).record(tenant, {
    sha256: 'd'.repeat(64),
    sizeBytes: 1,
    entryCount: 1,
  });
  const options = {
    dockerfile: 'x/Dockerfile',
    cache_from: ['r/a', 'r/b'],
    build_args: { A: '1' },
    odd: [1],
  };
  const store = createBuildStore(db.api);
  const { build } = await store.accept(tenant, {
    projectId: project.id,
    method: 'buildx',
    options,
    source: { kind: 'upload', upload_id: upload.id },
    destinations: ['r/app:one', 'r/app:two'],
    priority: 0,
    buildTimeoutMs: 1_000,
    resources: { memory_bytes: 2 ** 30, cpu_milli: 1500, network: 'none' },
    limits: BUILT_IN_LIMITS,
    trust: 'untrusted',
    settingLayers: { request: { dockerfile: 'x/Dockerfile' }, build_file: { build_args: { A: '1' } } },
    buildFile: 'kiln.yaml',
    git: { commit: null, branch: null, author: null, message: null },
    trigger: ASKED_FOR,
    idempotency: null,
  });
  await endAs(build.id, 'cancelled');

  const { build: retried } = await retry(tenant, build.id);

  expect(retried.destinations).toEqual(['r/app:one', 'r/app:two']);
  const configs = await db.controller
    .selectFrom('build_configs')
    .selectAll()
    .where('build_id', 'in', [build.id, retried.id])
    .execute();
  const [before, after] = configs.map(({ id: _id, build_id: _build, ...rest }) => rest);
  expect(after).toEqual(before);
});

test('code of a stranger stays untrusted and without secrets, though its project is trusted', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  await createProjectStore(db.api).update(tenant, project.slug, {
    ...{ name: undefined, imageRepository: undefined, destinations: undefined },
    ...{ defaults: undefined, gate: undefined, trust: 'trusted' },
  });
  const { build } = await createBuildStore(db.api).accept(
    tenant,
    aRequest(project.id, { withoutSecrets: true }),
  );
  await endAs(build.id, 'cancelled');

  const { build: retried } = await retry(tenant, build.id);

  const config = await db.controller
    .selectFrom('build_configs')
    .select(['trust', 'without_secrets'])
    .where('build_id', '=', retried.id)
    .executeTakeFirstOrThrow();
  expect(config).toEqual({ trust: 'untrusted', without_secrets: true });
});

test('a git source is retried at the commit that the first build recorded, not at what its branch is now', async () => {
  const source = {
    kind: 'git',
    url: 'https://git.example/app.git',
    ref: 'main',
    folder: 'app',
    submodules: true,
    lfs: false,
    depth: 1,
  } as const;
  const commit = 'd'.repeat(40);
  const { tenant, build, worker } = await aFailedBuild({ source });
  await sql`UPDATE builds SET git_commit = ${commit} WHERE id = ${build.id}`.execute(db.controller);

  const { build: retried } = await retry(tenant, build.id);

  const granted = await createDispatcher(db.controller).requestLease(retried.id);
  if (granted.kind !== 'granted') throw new Error(granted.kind);
  const { leaseId, fence } = granted.lease;
  const { run } = await createLeaseGate(db.api).acknowledge(worker.workerId, leaseId, fence);
  expect(run).toMatchObject({ source, git_commit: commit });
});

test('fifty clicks at once make one retry', async () => {
  const { tenant, build } = await aFailedBuild();

  const answers = await Promise.all(Array.from({ length: 50 }, () => retry(tenant, build.id)));

  expect(new Set(answers.map((one) => one.build.id)).size).toBe(1);
  expect(answers.filter(({ answer }) => answer === 'created')).toHaveLength(1);
  expect(answers.filter(({ answer }) => answer === 'joined')).toHaveLength(49);
});

test('the database lets no second retry take a place in the chain', async () => {
  const { tenant, build } = await aFailedBuild();
  const { build: first } = await retry(tenant, build.id);
  await endAs(first.id, 'failed');
  const { build: second } = await retry(tenant, build.id);

  const twice = sql`UPDATE build_results SET retry_count = 1 WHERE build_id = ${second.id}`.execute(
    db.controller,
  );

  await expect(twice).rejects.toThrow('build_results_chain');
});

test('the same key gives the same retry, also after its end; another request under it is refused', async () => {
  const { tenant, build } = await aFailedBuild();
  const first = await retry(tenant, build.id, { idempotency: key('again') });
  await endAs(first.build.id, 'failed');

  const second = await retry(tenant, build.id, { idempotency: key('again') });

  expect(second).toMatchObject({ answer: 'replayed', build: { id: first.build.id } });
  const other = retry(tenant, build.id, { idempotency: { key: 'again', requestSha256: 'b'.repeat(64) } });
  await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused' });
});

test('whichever build of the chain is named, the retry follows the newest', async () => {
  const { tenant, build } = await aFailedBuild();
  const { build: first } = await retry(tenant, build.id);
  await endAs(first.id, 'failed');

  const { build: second } = await retry(tenant, build.id);

  expect(second.result).toMatchObject({
    retry_count: 2,
    original_build_id: build.id,
    retry_of_build_id: first.id,
  });
  const chain = await createBuildStore(db.api).chain(tenant, first.id);
  expect(chain.map(({ id }) => id)).toEqual([build.id, first.id, second.id]);
});

test('a build that runs or has succeeded has nothing to retry', async () => {
  const running = await aRunningBuild(db);
  await expect(retry(running.tenant, running.build.id)).rejects.toMatchObject({
    code: 'conflict',
    message: 'Build #1 has not ended: there is nothing to retry yet.',
  });
  const failed = await aFailedBuild();
  const { build } = await retry(failed.tenant, failed.build.id);
  await sql`UPDATE builds SET status = 'in_progress', started_at = now() WHERE id = ${build.id}`.execute(
    db.controller,
  );
  await endAs(build.id, 'success');
  await expect(retry(failed.tenant, failed.build.id)).rejects.toMatchObject({ code: 'conflict' });
});

test('a retry that is being cancelled is joined by nobody, and followed by another when it has ended', async () => {
  const { tenant, build } = await aFailedBuild();
  const store = createBuildStore(db.api);
  const { build: cancelled } = await retry(tenant, build.id);
  await store.requestCancel(tenant, cancelled.id);

  await expect(retry(tenant, build.id)).rejects.toMatchObject({
    code: 'conflict',
    message: 'Build #2, the retry that is live, is being cancelled: retry it when it has ended.',
  });

  await endAs(cancelled.id, 'cancelled');
  expect(await retry(tenant, build.id)).toMatchObject({
    answer: 'created',
    build: { result: { retry_count: 2, retry_of_build_id: cancelled.id } },
  });
});

test("another tenant's build is not found", async () => {
  const { build } = await aFailedBuild();
  const other = await aTenant(db);
  await expect(retry(other, build.id)).rejects.toMatchObject({ code: 'not_found' });
  await expect(createBuildStore(db.api).chain(other, build.id)).rejects.toMatchObject({ code: 'not_found' });
});

test('a build that never finished an image cannot be resumed, and the refusal says why', async () => {
  const { tenant, build } = await aFailedBuild();
  await expect(retry(tenant, build.id, { resumeFrom: 'publish' })).rejects.toMatchObject({
    code: 'resume_impossible',
    message: expect.stringContaining('nothing to publish'),
  });
  expect((await createBuildStore(db.api).chain(tenant, build.id)).length).toBe(1);
});

test('the start message of a retry names its chain', async () => {
  const { tenant, build } = await aFailedBuild();
  const { build: retried } = await retry(tenant, build.id);
  const [row] = await db.controller
    .selectFrom('outbox')
    .select('message')
    .where('build_id', '=', retried.id)
    .execute();
  expect(row?.message).toMatchObject({ kind: 'start_build', buildId: retried.id, firstBuildId: build.id });
});
