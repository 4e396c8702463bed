import { sql } from 'kysely';
import { BUILT_IN_LIMITS } from '../../../src/domain/limits/effective-limits.js';
import { openDatabase } from '../../../src/storage/database.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createUploadStore } from '../../../src/storage/identity/upload-store.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { aBuild, aGrantedBuild, aProject, aRequest, aTenant, aWorker } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const key = (text: string) => ({ key: text, requestSha256: 'a'.repeat(64) });

test('an accepted build is queued, numbered, and has its result row, history and start message', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant, 'registry.local/team/app');

  const build = await aBuild(db, tenant, project.id, {
    trigger: { type: 'manual', source: 'cli' },
    priority: 3,
  });

  expect(build).toMatchObject({
    status: 'queued',
    build_number: 1,
    project: project.slug,
    trigger_type: 'manual',
    trigger_source: 'cli',
    destinations: ['registry.local/team/app:1', 'registry.local/team/app:latest'],
    attempts: 0,
    log_complete: false,
    workflow_id: `build/${build.id}`,
    result: { status: null, cleanup_status: 'pending', retry_count: 0 },
  });
  const store = createBuildStore(db.api);
  expect(await store.history(tenant, build.id)).toMatchObject([
    { from_status: null, to_status: 'queued', changed_by_system: false },
  ]);
  const [message] = await db.controller
    .selectFrom('outbox')
    .select('message')
    .where('build_id', '=', build.id)
    .execute();
  expect(message?.message).toEqual({
    kind: 'start_build',
    buildId: build.id,
    tenantId: tenant.tenantId,
    projectId: project.id,
    project: project.slug,
    method: 'buildx',
    buildNumber: 1,
    firstBuildId: null,
  });
});

test('fifty requests at once under one key make one build', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const store = createBuildStore(db.api);

  const answers = await Promise.all(
    Array.from({ length: 50 }, () =>
      store.accept(tenant, aRequest(project.id, { idempotency: key('same') })),
    ),
  );

  expect(new Set(answers.map(({ build }) => build.id)).size).toBe(1);
  expect(answers.filter(({ created }) => created)).toHaveLength(1);
  expect((await store.list(tenant, everything(project.id))).items).toHaveLength(1);
});

test('a key that was used with another request is refused', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  await aBuild(db, tenant, project.id, { idempotency: key('once') });

  const other = aBuild(db, tenant, project.id, {
    idempotency: { key: 'once', requestSha256: 'b'.repeat(64) },
  });

  await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused' });
});

test('a key gives the build that it was answered with, to its tenant and for the same request only', async () => {
  const [tenant, other] = [await aTenant(db), await aTenant(db)];
  const build = await aBuild(db, tenant, (await aProject(db, tenant)).id, { idempotency: key('asked') });
  const store = createBuildStore(db.api);

  expect(await store.findAccepted(tenant, key('asked'))).toEqual(build);
  expect(await store.findAccepted(tenant, key('free'))).toBeNull();
  expect(await store.findAccepted(other, key('asked'))).toBeNull();
  await expect(
    store.findAccepted(tenant, { key: 'asked', requestSha256: 'b'.repeat(64) }),
  ).rejects.toMatchObject({ code: 'idempotency_key_reused' });
});

test('the same key of two tenants makes two builds', async () => {
  const [one, two] = [await aTenant(db), await aTenant(db)];
  const first = await aBuild(db, one, (await aProject(db, one)).id, { idempotency: key('shared') });
  const second = await aBuild(db, two, (await aProject(db, two)).id, { idempotency: key('shared') });

  expect(second.id).not.toBe(first.id);
});

test('build numbers of a project have no gaps and no doubles, whatever is refused in between', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);

  const accepted = await Promise.allSettled(
    Array.from({ length: 40 }, (_, index) =>
      aBuild(db, tenant, project.id, {
        source:
          index % 4 === 0
            ? { kind: 'upload', upload_id: '00000000-0000-4000-8000-000000000000' }
            : { kind: 'inline' },
      }),
    ),
  );

  const numbers = accepted.flatMap((answer) =>
    answer.status === 'fulfilled' ? [answer.value.build_number] : [],
  );
  expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
});

test("another tenant's project is not found", async () => {
  const [one, two] = [await aTenant(db), await aTenant(db)];
  const project = await aProject(db, one);

  await expect(aBuild(db, two, project.id)).rejects.toMatchObject({ code: 'not_found' });
});

test('an upload that does not exist is named in the error', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);

  const build = aBuild(db, tenant, project.id, {
    source: { kind: 'upload', upload_id: '00000000-0000-4000-8000-000000000000' },
  });

  await expect(build).rejects.toMatchObject({
    code: 'invalid_request',
    fields: [{ field: 'source.upload_id' }],
  });
});

test('the supervisor gets the options and the context as they were asked for', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant, 'registry.local:5000/team/app');
  const upload = await createUploadStore(db.api).record(tenant, {
    sha256: 'c'.repeat(64),
    sizeBytes: 42,
    entryCount: 3,
  });
  const options = {
    dockerfile: 'docker/Dockerfile',
    build_context: '.',
    build_args: { VERSION: '1.0', ODD: 'a\u0000b' },
    cache_enabled: false,
    cache_from: ['registry.local/cache'],
    cache_to: 'registry.local/cache',
    platforms: [],
    secrets: [{ id: 'npm', name: 'npm-token' }],
    something_new: { deep: [1, 2] },
  };
  const worker = await aWorker(db, { tenantId: tenant.tenantId });
  const build = await aBuild(db, tenant, project.id, {
    options,
    source: { kind: 'upload', upload_id: upload.id },
    destinations: ['registry.local:5000/team/app:1', 'registry.local:5000/team/app:2', 'other/app:1'],
  });
  const answer = await createDispatcher(db.controller).requestLease(build.id);
  if (answer.kind !== 'granted') throw new Error(answer.kind);

  const { run } = await createLeaseGate(db.api).acknowledge(worker.workerId, answer.lease.leaseId, 1);

  expect(run).toEqual({
    trust: 'untrusted',
    build_id: build.id,
    build_number: 1,
    tenant_id: tenant.tenantId,
    project_id: project.id,
    project: project.slug,
    attempt: 1,
    fence: 1,
    build_method: 'buildx',
    options: { ...options, build_args: { VERSION: '1.0', ODD: 'a\ufffdb' } },
    git_commit: null,
    build_file: null,
    source: { kind: 'upload', upload_id: upload.id },
    context: { sha256: 'c'.repeat(64), size_bytes: 42 },
    staging: { repository: 'registry.local:5000/team/app-staging', tag: `${build.id}-1` },
    repositories: ['registry.local:5000/team/app', 'other/app'],
    limits: BUILT_IN_LIMITS,
    resources: {},
  });
});

test('pages of builds follow each other without doubles while new builds arrive', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const ids = [];
  for (let index = 0; index < 7; index += 1) ids.unshift((await aBuild(db, tenant, project.id)).id);
  const store = createBuildStore(db.api);

  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await store.list(tenant, { ...everything(project.id), limit: 3, cursor });
    seen.push(...page.items.map((build) => build.id));
    cursor = page.nextCursor;
    await aBuild(db, tenant, project.id);
  } while (cursor !== null);

  expect(seen).toEqual(ids);
});

test('a cursor that was not given out is refused', async () => {
  const tenant = await aTenant(db);
  const page = createBuildStore(db.api).list(tenant, { ...everything(null), cursor: 'bm90IG9uZQ' });
  await expect(page).rejects.toMatchObject({ code: 'invalid_request', fields: [{ field: 'cursor' }] });
});

test('a cancel of a queued build is kept, and repeating it keeps the first time', async () => {
  const tenant = await aTenant(db);
  const build = await aBuild(db, tenant, (await aProject(db, tenant)).id);
  const store = createBuildStore(db.api);

  const first = await store.requestCancel(tenant, build.id);
  const second = await store.requestCancel(tenant, build.id);

  expect(first.cancel_requested_at).not.toBeNull();
  expect(second.cancel_requested_at).toBe(first.cancel_requested_at);
  expect(second.status).toBe('queued');
});

test('a cancelled build is not granted, and its workflow is told', async () => {
  const { tenant, project } = await aGrantedBuild(db);
  const build = await aBuild(db, tenant, project.id);
  await createBuildStore(db.api).requestCancel(tenant, build.id);

  expect(await createDispatcher(db.controller).requestLease(build.id)).toEqual({
    kind: 'cancelled',
    lease: null,
  });
});

function everything(projectId: string | null) {
  const any = { number: null, status: null, gateStatus: null, branch: null, method: null, commit: null };
  return { projectId, ...any, limit: 100, cursor: null };
}

test('a build that is accepted across midnight belongs to the day whose log was made', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  await sql`CREATE SCHEMA midnight`.execute(db.admin);
  await sql`CREATE SEQUENCE midnight.looks`.execute(db.admin);
  await sql`CREATE FUNCTION midnight.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$
    SELECT pg_catalog.clock_timestamp() + (nextval('midnight.looks') - 1) * interval '1 day' $$`.execute(
    db.admin,
  );
  await sql`GRANT USAGE ON SCHEMA midnight TO kiln_api`.execute(db.admin);
  await sql`GRANT USAGE ON SEQUENCE midnight.looks TO kiln_api`.execute(db.admin);
  const url = `${db.urls.api}?options=${encodeURIComponent('-c search_path=midnight,pg_catalog,public')}`;
  const late = openDatabase({ url });

  const { build } = await createBuildStore(late).accept(tenant, aRequest(project.id));

  await late.destroy();
  const { rows } = await sql<{ partition: string | null; looks: number }>`
    SELECT to_regclass('build_logs_' || to_char(build_day, 'YYYYMMDD'))::text AS partition,
      (SELECT last_value FROM midnight.looks) AS looks
    FROM builds WHERE id = ${build.id}`.execute(db.admin);
  expect(rows[0]?.looks).toBeGreaterThan(1);
  expect(rows[0]?.partition).not.toBeNull();
});
