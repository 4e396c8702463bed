import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { createBuildStore } from '../../src/storage/builds/build-store.js';
import { createLogReader } from '../../src/storage/builds/log-reader.js';
import { createDispatcher } from '../../src/storage/dispatch/dispatcher.js';
import { createLeaseGate } from '../../src/storage/dispatch/lease-gate.js';
import { createRecorder } from '../../src/storage/builds/recorder.js';
import { createContentIndex } from '../../src/storage/contents/content-index.js';
import { inTenant } from '../../src/storage/in-tenant.js';
import { createProjectStore } from '../../src/storage/identity/project-store.js';
import { createExplorations } from '../../src/storage/images/explorations.js';
import { createAttestations } from '../../src/storage/provenance/attestations.js';
import { createUploadStore } from '../../src/storage/identity/upload-store.js';
import { createLimitStore } from '../../src/storage/limits/limit-store.js';
import { createScans } from '../../src/storage/sboms/scans.js';
import { createRollUp } from '../../src/storage/stats/roll-up.js';
import { createSboms } from '../../src/storage/sboms/sboms.js';
import { anOutcome, aRunningBuild, aTenant, finish } from '../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';
import { anIndex } from '../support/index-image.js';

let db: FreshDatabase;
let rich: Awaited<ReturnType<typeof aRunningBuild>>;
beforeAll(async () => {
  db = await freshDatabase();
  rich = await aRunningBuild(db, { idempotency: { key: 'k', requestSha256: 'a'.repeat(64) } });
  await db.controller
    .insertInto('api_tokens')
    .values({
      tenant_id: rich.tenant.tenantId,
      user_id: rich.tenant.userId,
      token_name: 'one',
      token_sha256: Buffer.alloc(32, 1),
    })
    .execute();
  const sealed = { key_id: 'k', wrapped_key: Buffer.alloc(60), ciphertext: Buffer.alloc(40) };
  const owned = { tenant_id: rich.tenant.tenantId, ...sealed, created_by_user_id: null };
  await inTenant(db.api, rich.tenant.tenantId, async (tx) => {
    await tx
      .insertInto('secrets')
      .values({ ...owned, secret_name: 'npm-token' })
      .execute();
    await tx
      .insertInto('credentials')
      .values({ ...owned, credential_kind: 'git_token', host: 'git.example', username: 'git' })
      .execute();
    const webhook = await tx
      .insertInto('webhook_configs')
      .values({
        ...{ ...owned, project_id: rich.project.id, webhook_name: 'app', provider: 'generic' },
        ...{ repository_url: 'https://git.example.com/app.git', event_types: '["push"]' },
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await tx
      .insertInto('webhook_deliveries')
      .values({
        ...{ tenant_id: rich.tenant.tenantId, webhook_config_id: webhook.id, delivery_id: '1' },
        ...{ event_type: 'generic', headers: '{}', payload: Buffer.from('{}'), response_status: 200 },
        ...{ delivery_status: 'ignored', reason: 'nothing' },
      })
      .execute();
  });
  await createUploadStore(db.api).record(rich.tenant, {
    sha256: 'b'.repeat(64),
    sizeBytes: 1,
    entryCount: 1,
  });
  await createLimitStore(db.api).change(rich.tenant, rich.project.id, { image_max_bytes: 5000 });
  await createContentIndex(db.api).need(rich.tenant, [{ sha256: 'b'.repeat(64), sizeBytes: 1 }]);
  const place = { line: 1, column: 1, message: 'm', link: null };
  const warnings = [{ foundBy: 'buildkit', rule: 'r', severity: 'info', ...place } as const];
  await createContentIndex(db.api).store(rich.tenant, [{ sha256: 'b'.repeat(64), sizeBytes: 1 }], () =>
    Promise.resolve(),
  );
  const kept = { name: 'app', type: 'build_output', mediaType: 'application/octet-stream' } as const;
  const artifacts = [{ ...kept, sizeBytes: 1, sha256: 'b'.repeat(64) }];
  const one = { suite: '', className: '', name: 'one', status: 'passed', failedTries: 0 } as const;
  const tests = {
    ...{ passed: 1, failed: 0, skipped: 0, suites: 1, durationMs: null },
    cases: [{ ...one, durationMs: null, message: null }],
  };
  await finish(db, rich.holder, anOutcome({ image: anIndex(), warnings, artifacts, tests }));
  const [repository] = rich.build.destinations[0]!.split(/:(?=[^/]*$)/);
  await createLeaseGate(db.api).putPublication(rich.holder, 1, {
    ...{ repository: repository!, manifestDigest: 'sha256:1', status: 'copying', tryNumber: 1 },
    ...{ totalBlobs: 0, mountedBlobs: 0, existingBlobs: 0, uploadedBlobs: 0 },
    ...{ totalBytes: 0, sparedBytes: 0, sentBytes: 0, waitingReason: null },
  });
  await sql`INSERT INTO tag_moves (mover_id, tenant_id, build_id, repository, tag, manifest_digest, last_tried_at)
            VALUES (gen_random_uuid(), ${rich.tenant.tenantId}, ${rich.build.id}, 'r/a', '1', 'sha256:1', now())`.execute(
    db.controller,
  );
  const recorder = createRecorder(db.controller);
  await recorder.moveTags(rich.lease, () => Promise.resolve());
  await recorder.record(rich.build.id, rich.lease, { kind: 'published' });
  await createDispatcher(db.controller).release(rich.lease);
  const explorations = createExplorations(db.controller);
  const { tenantId } = rich.tenant;
  const image = { tenantId, projectId: rich.project.id, digest: anIndex().manifestDigest };
  for (const { digest, layers } of await explorations.unexplored(image)) {
    const list = { unpackedSizeBytes: 1, entryCount: 0, packageDatabases: [], note: null };
    for (const layer of layers)
      await explorations.saveLayer(tenantId, layer.digest, { ...list, fileList: Buffer.alloc(1) });
    const counts = { filesAdded: 1, filesChanged: 0, filesRemoved: 0, fileSizeBytes: 1, wastedBytes: 0 };
    const effects = layers.map((_, index) => ({ number: index + 1, ...counts }));
    await explorations.finish(tenantId, digest, {
      ...{ unpackedSizeBytes: 1, layers: effects, packages: null, note: null },
    });
  }
  const manifest = `sha256:${'5'.repeat(64)}`;
  const installed = { name: 'zlib', version: '1', type: 'deb', sourceName: null, purl: null };
  const document = { sha256: 'b'.repeat(64), sizeBytes: 1 };
  await createSboms(db.controller).save(tenantId, manifest, {
    ...{ tool: 'syft 1.18.1', cyclonedx: document, spdx: document, note: null },
    packages: [installed],
  });
  const finding = { vulnerabilityId: 'CVE-1', severity: 'high', fixedVersion: null, link: null } as const;
  await createScans(db.controller).save(tenantId, manifest, {
    ...{ tool: 'grype 0.121.3', database: { version: null, builtAt: null }, report: Buffer.from('{}') },
    findings: [{ ...finding, packageName: 'zlib', packageVersion: '1', packageType: 'deb' }],
  });
  await sql`WITH t AS (INSERT INTO notification_targets (tenant_id, target_name, target_kind, url, events, key_id, wrapped_key, ciphertext)
              VALUES (${rich.tenant.tenantId}, 'chat', 'webhook', 'u', '[]', 'k', '', '') RETURNING *)
            INSERT INTO notification_deliveries (tenant_id, target_id, event_type, payload) SELECT tenant_id, id, 'test', '{}' FROM t`.execute(
    db.admin,
  );
  await sql`WITH m AS (INSERT INTO base_image_moves (tenant_id, reference, from_digest, to_digest, seen_at)
              VALUES (${rich.tenant.tenantId}, 'r.example/base:1', 'sha256:a', 'sha256:b', now()) RETURNING *),
              w AS (INSERT INTO watched_images (tenant_id, reference, checked_at) SELECT tenant_id, reference, now() FROM m)
            INSERT INTO base_image_rebuilds (tenant_id, move_id, project_id, position, from_build_id)
            SELECT m.tenant_id, m.id, b.project_id, 1, b.id FROM m JOIN builds b ON b.id = ${rich.build.id}`.execute(
    db.admin,
  );
  await sql`INSERT INTO webhook_heads (tenant_id, webhook_config_id, ref, sha, seen_at)
            SELECT tenant_id, id, 'refs/heads/main', 'a', now() FROM webhook_configs`.execute(db.admin);
  await sql`INSERT INTO build_steps (tenant_id, build_id, attempt, step_number, step_name, status)
            VALUES (${rich.tenant.tenantId}, ${rich.build.id}, 1, 1, 'FROM', 'success')`.execute(
    db.controller,
  );
  await sql`WITH p AS (INSERT INTO image_prunes (tenant_id, project_id, prune_trigger)
              SELECT tenant_id, project_id, 'manual' FROM builds WHERE id = ${rich.build.id} RETURNING *)
            INSERT INTO image_removals (tenant_id, image_id, repository, prune_id, removed_at)
            SELECT p.tenant_id, i.id, 'r.example/app', p.id, now()
            FROM p JOIN images i ON i.project_id = p.project_id LIMIT 1`.execute(db.controller);
  await sql`WITH b AS (SELECT tenant_id, project_id, build_day FROM builds WHERE id = ${rich.build.id}),
              r AS (INSERT INTO build_retentions (tenant_id, project_id, log_days) SELECT tenant_id, project_id, 1 FROM b),
              p AS (INSERT INTO build_prunes (tenant_id, project_id, prune_trigger) SELECT tenant_id, project_id, 'manual' FROM b)
            INSERT INTO removed_log_days (tenant_id, project_id, build_day, log_days, removed_at)
            SELECT tenant_id, project_id, build_day, 1, now() FROM b`.execute(db.admin);
  await createAttestations(db.controller).keep(
    {
      ...{ kind: 'provenance', keyId: 'f'.repeat(64), statement: '{}', statementSha256: 'f'.repeat(64) },
      ...{ signature: 's', buildId: rich.build.id, subjectDigest: 'sha256:1', builderId: 'urn:x' },
    },
    { keyId: 'f'.repeat(64), publicKey: 'PEM' },
  );
  await sql`WITH s AS (INSERT INTO build_schedules (tenant_id, project_id, schedule_name, cron_expression, timezone,
              jitter_seconds, overlap, catchup_window_seconds, git_url, git_branch)
              VALUES (${rich.tenant.tenantId}, ${rich.project.id}, 's', '@daily', 'UTC', 0, 'skip', 60, 'u', 'b') RETURNING *)
            INSERT INTO schedule_ticks (tenant_id, schedule_id, scheduled_at, tick_kind, tick_status)
            SELECT tenant_id, id, now(), 'clock', 'due' FROM s`.execute(db.admin);
  const rollUp = createRollUp(db.controller);
  await rollUp.spreadChanges(1_000);
  while ((await rollUp.countNextDay()) !== null);
  await sql`INSERT INTO uncounted_days VALUES (${tenantId}, '2026-05-04')`.execute(db.controller);
  await sql`INSERT INTO uncounted_spans (tenant_id, began_at, ended_at) VALUES (${tenantId}, now(), now())`.execute(
    db.controller,
  );
  await sql`INSERT INTO owed_traces (tenant_id, build_id) VALUES (${tenantId}, ${rich.build.id})`.execute(
    db.controller,
  );
  await sql`INSERT INTO build_gates (tenant_id, build_id, gate_status, build_created_at, manifest_digest, requested_at, decided_at)
            VALUES (${rich.tenant.tenantId}, ${rich.build.id}, 'passed', now(), 'sha256:', now(), now())`.execute(
    db.controller,
  );
});
afterAll(() => db.close());

interface TableRow {
  name: string;
  enabled: boolean;
  forced: boolean;
  owner: string;
  readable: boolean;
}

async function tenantTables(): Promise<TableRow[]> {
  const { rows } = await sql<TableRow>`
    SELECT c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
           c.relowner::regrole::text AS owner, has_table_privilege('kiln_api', c.oid, 'SELECT') AS readable
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    UNION ALL
    SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relowner::regrole::text, true
    FROM pg_class c WHERE c.oid = 'tenants'::regclass
    ORDER BY 1`.execute(db.admin);
  return rows;
}

test('every table of tenants has forced row-level security under an owner that cannot log in', async () => {
  const tables = await tenantTables();
  expect(tables.length).toBeGreaterThanOrEqual(21);
  for (const table of tables) {
    expect(table).toMatchObject({ enabled: true, forced: true, owner: 'kiln_owner' });
  }
  const { rows } = await sql`SELECT rolcanlogin, rolsuper, rolbypassrls FROM pg_roles
                             WHERE rolname IN ('kiln_owner', 'kiln_api', 'kiln_controller') ORDER BY rolname`.execute(
    db.admin,
  );
  expect(rows).toEqual([
    { rolcanlogin: true, rolsuper: false, rolbypassrls: false },
    { rolcanlogin: true, rolsuper: false, rolbypassrls: false },
    { rolcanlogin: false, rolsuper: false, rolbypassrls: false },
  ]);
});

test('without a tenant the api reads no row of any of them, though every one has rows', async () => {
  for (const { name, readable } of await tenantTables()) {
    const all = await sql<{ n: number }>`SELECT count(*) AS n FROM ${sql.table(name)}`.execute(db.admin);
    expect([name, all.rows[0]!.n > 0]).toEqual([name, true]);
    if (!readable) continue;
    const seen = await sql<{ n: number }>`SELECT count(*) AS n FROM ${sql.table(name)}`.execute(db.api);
    expect([name, seen.rows[0]?.n]).toEqual([name, 0]);
  }
});

test('as another tenant the api reads no row of this tenant', async () => {
  const other = await aTenant(db);
  for (const { name, readable } of await tenantTables()) {
    if (!readable || name === 'tenants') continue;
    const foreign = await inTenant(db.api, other.tenantId, (tx) =>
      sql<{ n: number }>`
        SELECT count(*) AS n FROM ${sql.table(name)} WHERE tenant_id = ${rich.tenant.tenantId}`.execute(tx),
    );
    expect([name, foreign.rows[0]?.n]).toEqual([name, 0]);
  }
});

test('the tenant of a transaction does not stay with the connection', async () => {
  const one = await inTenant(db.api, rich.tenant.tenantId, (tx) =>
    sql<{ n: number }>`SELECT count(*) AS n FROM builds`.execute(tx),
  );
  expect(one.rows[0]?.n).toBe(1);
  const counts = await Promise.all(
    Array.from({ length: 30 }, () => sql<{ n: number }>`SELECT count(*) AS n FROM builds`.execute(db.api)),
  );
  expect(new Set(counts.map(({ rows }) => rows[0]?.n))).toEqual(new Set([0]));
});

test("another tenant's ids are not found, in the same words as ids that do not exist", async () => {
  const other = await aTenant(db);
  const builds = createBuildStore(db.api);
  const logs = createLogReader(db.api);
  const reads: [string, (id: string) => Promise<unknown>][] = [
    ['get', (id) => builds.get(other, id)],
    ['cancel', (id) => builds.requestCancel(other, id)],
    ['steps', (id) => builds.steps(other, id)],
    ['layers', (id) => builds.layers(other, id)],
    ['metrics', (id) => builds.metrics(other, id)],
    ['history', (id) => builds.history(other, id)],
    ['attempts', (id) => builds.attempts(other, id)],
    ['log', (id) => logs.read(other, id, null, 10)],
    ['build with steps', (id) => builds.withSteps(other, id)],
    ['project', () => createProjectStore(db.api).get(other, rich.project.id)],
  ];
  for (const [name, read] of reads) {
    const foreign: unknown = await read(rich.build.id).catch((error: unknown) => error);
    const unknown: unknown = await read(randomUUID()).catch((error: unknown) => error);
    expect([name, foreign]).toEqual([name, expect.objectContaining({ code: 'not_found' })]);
    expect(foreign).toEqual(unknown);
    expect(await read('not-an-id').catch((error: unknown) => error)).toMatchObject({ code: 'not_found' });
  }
});

test('the api cannot write for another tenant, nor a status, nor read tokens', async () => {
  const other = await aTenant(db);
  const forbidden = [
    sql`INSERT INTO projects (tenant_id, slug, name, image_repository)
        VALUES (${rich.tenant.tenantId}, 'x', 'x', 'x')`,
    sql`UPDATE builds SET status = 'failed'`,
    sql`SELECT * FROM api_tokens`,
    sql`SELECT * FROM worker_tokens`,
    sql`UPDATE build_workers SET concurrent_builds_limit = 99`,
    sql`DELETE FROM build_status_history`,
    sql`INSERT INTO secrets (tenant_id, secret_name, key_id, wrapped_key, ciphertext)
        VALUES (${rich.tenant.tenantId}, 'x', 'k', '', '')`,
    sql`UPDATE secrets SET project_id = NULL`,
    sql`UPDATE credentials SET host = 'elsewhere.example'`,
    sql`UPDATE webhook_configs SET project_id = gen_random_uuid()`,
    sql`UPDATE webhook_deliveries SET payload = ''`,
    sql`DELETE FROM webhook_deliveries`,
    sql`SELECT protect_tenant_table('builds')`,
  ];
  for (const query of forbidden) {
    await expect(inTenant(db.api, other.tenantId, (tx) => query.execute(tx))).rejects.toThrow(
      /permission denied|row-level security|is a procedure/,
    );
  }
});
