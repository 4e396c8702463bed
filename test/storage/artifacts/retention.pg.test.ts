import { sql } from 'kysely';
import type { KeptArtifact } from '../../../src/domain/builds/artifact.js';
import { effectiveLimits } from '../../../src/domain/limits/effective-limits.js';
import type { AcceptBuild } from '../../../src/ports/records.js';
import { createArtifactRows } from '../../../src/storage/artifacts/artifact-rows.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createLogReader } from '../../../src/storage/builds/log-reader.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createContentIndex } from '../../../src/storage/contents/content-index.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { sha256Of } from '../../api/support/a-context.js';
import { anOutcome, aRunningBuild, finish } from '../../support/builds.js';
import { aLog } from '../../support/log.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

const KEEP_MS = 14 * 86_400_000;
const DIGESTS = { app: 'a'.repeat(64), debug: 'b'.repeat(64), 'test-report': 'c'.repeat(64) };

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

type Running = Awaited<ReturnType<typeof aRunningBuild>>;

const kept = (name: keyof typeof DIGESTS): KeptArtifact => ({
  ...{ name, type: name === 'test-report' ? 'test_report' : 'build_output' },
  ...{ mediaType: 'application/octet-stream', sizeBytes: 5, sha256: DIGESTS[name] },
});

/** A build that was to keep `app` for 30 days, `debug` until success and its test report for 90 days. */
async function aKeepingBuild(over: Partial<AcceptBuild> = {}): Promise<Running> {
  const stage = { target: 'build', path: '/out' };
  const options = {
    dockerfile_inline: 'FROM scratch',
    artifacts: [
      { name: 'app', ...stage, retention: 'days_30' },
      { name: 'debug', ...stage, retention: 'delete_on_success' },
    ],
    tests: { target: 'test', reports: '/reports', retention: 'days_90' },
  };
  const running = await aRunningBuild(db, { options, ...over });
  const artifacts = [kept('app'), kept('debug'), kept('test-report')];
  const index = createContentIndex(db.api);
  await index.need(running.tenant, artifacts);
  await index.store(running.tenant, artifacts, () => Promise.resolve());
  await finish(db, running.holder, anOutcome({ artifacts }));
  return running;
}

async function publish({ build, lease }: Running): Promise<void> {
  const recorder = createRecorder(db.controller);
  await recorder.moveTags(lease, () => Promise.resolve());
  await recorder.record(build.id, lease, { kind: 'published' });
}

const artifactsOf = ({ tenant, build }: Running) => createBuildStore(db.api).artifacts(tenant, build.id);
const available = async (running: Running): Promise<string[]> =>
  (await artifactsOf(running))
    .filter(({ is_available: isAvailable }) => isAvailable)
    .map(({ artifact_type: type, artifact_name: name }) => (type === 'docker_image' ? 'image' : name));
const expire = () => createArtifactRows(db.controller).expire(100);
const age = (days: number) =>
  sql`UPDATE build_artifacts SET created_at = created_at - make_interval(days => ${days}),
        expires_at = expires_at - make_interval(days => ${days})`.execute(db.admin);
const ageContents = () =>
  sql`UPDATE contents SET last_needed_at = now() - interval '60 days'`.execute(db.admin);

test('each artifact has the retention that its build has set, and a day when it ends', async () => {
  const rows = await artifactsOf(await aKeepingBuild());
  expect(
    rows.map((row) => [
      row.artifact_name,
      row.retention_policy,
      row.expires_at === null
        ? null
        : Math.round((Date.parse(row.expires_at) - Date.parse(row.created_at)) / 86_400_000),
    ]),
  ).toEqual([
    ['app', 'days_30', 30],
    ['debug', 'delete_on_success', null],
    ['test-report', 'days_90', 90],
  ]);
});

test('no artifact of a stage is kept longer than the limit of its build', async () => {
  const limits = effectiveLimits({ tenant: { artifact_keep_days: 60 } });
  const rows = await artifactsOf(await aKeepingBuild({ limits }));
  const days = rows.map(({ expires_at: until }) =>
    Math.round((Date.parse(until!) - Date.now()) / 86_400_000),
  );
  expect(days).toEqual([30, 60, 60]);
});

test('an ended build has its image and its log among its artifacts', async () => {
  const running = await aRunningBuild(db);
  const gate = createLeaseGate(db.api);
  const { chunks, seal } = aLog('one\ntwo\n', 'three\n');
  await gate.appendLog(running.holder, running.holder.fence, chunks);
  await gate.finish(running.holder, running.holder.fence, anOutcome(), seal);
  await publish(running);
  const log = 'one\ntwo\nthree\n';
  const { rows } = await sql<{ compressed: number; digest: string; name: string }>`
    SELECT m.compressed_size_bytes::int AS compressed, m.docker_manifest_digest AS digest, b.destinations->>0 AS name
    FROM builds b JOIN image_metadata m ON m.image_id = b.image_id WHERE b.id = ${running.build.id}`.execute(
    db.admin,
  );
  const { compressed, digest, name } = rows[0]!;
  expect(await artifactsOf(running)).toMatchObject([
    {
      ...{ artifact_type: 'docker_image', artifact_name: name, artifact_size_bytes: compressed },
      artifact_location: `${name.replace(/:[^:/]*$/, '')}@${digest}`,
      ...{ sha256_digest: digest.slice('sha256:'.length), is_available: true, retention_policy: 'permanent' },
    },
    {
      ...{ artifact_type: 'build_log', artifact_name: 'build.log', media_type: 'text/plain' },
      artifact_location: `log/${running.build.id}/1`,
      ...{ artifact_size_bytes: log.length, sha256_digest: sha256Of(log), is_available: true },
    },
  ]);
  const reader = createLogReader(db.api);
  const range = async (first: number, last: number): Promise<string> => {
    const of = { buildId: running.build.id, attempt: 1 };
    let text = '';
    for await (const part of reader.bytes(running.tenant, of, { first, last })) text += String(part);
    return text;
  };
  expect([await range(0, log.length - 1), await range(6, 9), await range(9, 10)]).toEqual([
    log,
    'o\nth',
    'hr',
  ]);
  await sql`UPDATE images SET deleted_at = now()`.execute(db.admin);
  expect(await available(running)).toEqual(['build.log']);
});

test('a log of many chunks is read page by page, each byte once', async () => {
  const running = await aRunningBuild(db);
  const gate = createLeaseGate(db.api);
  const { chunks, seal } = aLog(...Array.from({ length: 120 }, (_, at) => `line ${at}\n`));
  await gate.appendLog(running.holder, running.holder.fence, chunks);
  await gate.finish(running.holder, running.holder.fence, anOutcome(), seal);
  const whole = { first: 0, last: seal.bytes - 1 };
  let text = '';
  for await (const part of createLogReader(db.api).bytes(
    running.tenant,
    { buildId: running.build.id, attempt: 1 },
    whole,
  ))
    text += String(part);
  expect(sha256Of(text)).toBe(seal.sha256);
});

test('artifacts go when their time is over, not before, and those of a success that waited for it', async () => {
  const running = await aKeepingBuild();
  await age(31);
  await expire();
  expect(await available(running)).toEqual(['app', 'debug', 'test-report']);
  await publish(running);
  await expire();
  expect(await available(running)).toEqual(['image', 'build.log', 'test-report']);
  await age(60);
  await expire();
  expect(await available(running)).toEqual(['image', 'build.log']);
});

test('what is kept until success stays with a build that failed', async () => {
  const running = await aKeepingBuild();
  await createRecorder(db.controller).record(running.build.id, running.lease, {
    ...{ kind: 'publish_failed', code: 'registry_denied', message: 'no' },
  });
  await expire();
  expect(await available(running)).toEqual(['app', 'build.log', 'debug', 'test-report']);
});

test('bytes go when no artifact needs them any more, also after kills between the steps', async () => {
  const running = await aKeepingBuild();
  const other = { type: 'sbom', name: 'sbom.json', mediaType: 'application/json' } as const;
  const rows = createArtifactRows(db.controller);
  const owner = { tenantId: running.tenant.tenantId, buildId: running.build.id };
  await rows.keep({ owner, ...other }, kept('app'), () => Promise.resolve());
  await publish(running);
  await age(31);
  // Killed before anything was removed: the rows have ended, the contents are found later.
  await expire();
  await ageContents();
  const index = createContentIndex(db.api);
  const { tenantId } = running.tenant;
  const removed: string[] = [];
  const remove = (isKilled: boolean) => async (digests: readonly string[]) => {
    if (isKilled) throw new Error('killed');
    removed.push(...digests);
  };
  await expect(index.expire(tenantId, KEEP_MS, 10, remove(true))).rejects.toThrow('killed');
  const { rows: left } = await sql<{ stored: boolean }>`SELECT stored_at IS NOT NULL AS stored FROM contents
    WHERE tenant_id = ${tenantId} AND sha256 = ${DIGESTS.debug}`.execute(db.admin);
  // Nobody is told that they are here, though the files may be.
  expect(left).toEqual([{ stored: false }]);
  expect(await index.tenantsWithExpired(KEEP_MS)).toContain(tenantId);
  await index.expire(tenantId, KEEP_MS, 10, remove(false));
  expect(removed).toEqual([DIGESTS.debug]);
  expect(await available(running)).toEqual(expect.arrayContaining(['sbom.json', 'test-report']));
});
