import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';

/*
 * Many builds that are long over, with all that hangs on them, by SQL. For measurements and for test/storage/build-retention.
 * `admin` is a Kysely of a superuser: guards and foreign keys are left out while the rows are made, and hold afterwards.
 */

/** Builds of one transaction, so that no statement takes long. */
const SLICE = 10_000;

/**
 * Makes `builds` builds of one new project, spread evenly over `days` days before today, over ten branches and none; the last twenty are not over. Each
 * has a step, a chunk of log, metrics and two artifacts, one with bytes that some others have too; each tenth a warning and a report of tests with a case. Gives the ids of tenant and project.
 */
export async function seedOldBuilds(admin, { builds, days, tenantId = randomUUID() }) {
  const projectId = randomUUID();
  for (let ago = 0; ago <= days; ago += 1) await makeLogDay(admin, ago);
  await sql`INSERT INTO tenants (id, slug, name) VALUES (${tenantId}, ${`old-${tenantId}`}, 'old') ON CONFLICT DO NOTHING`.execute(
    admin,
  );
  await sql`
    INSERT INTO projects (id, tenant_id, slug, name, image_repository, last_build_number)
    VALUES (${projectId}, ${tenantId}, ${`old-${projectId}`}, 'old', '127.0.0.1:5000/old', ${builds})`.execute(
    admin,
  );
  const { rows } = await sql`
    INSERT INTO build_workers (worker_name, worker_type, methods, concurrent_builds_limit, status)
    VALUES (${`old-${projectId}`}, 'local', '{buildx}', 1, 'offline') RETURNING id`.execute(admin);
  const workerId = rows[0].id;
  for (let from = 1; from <= builds; from += SLICE)
    await seedSlice(admin, {
      tenantId,
      projectId,
      workerId,
      builds,
      days,
      from,
      until: Math.min(builds, from + SLICE - 1),
    });
  await sql`ANALYZE`.execute(admin);
  return { tenantId, projectId };
}

async function seedSlice(admin, { tenantId, projectId, workerId, builds, days, from, until }) {
  await admin.transaction().execute(async (tx) => {
    const run = (statement) => statement.execute(tx);
    await run(sql`SET LOCAL session_replication_role = replica`);
    await run(sql`
      CREATE TEMPORARY TABLE made ON COMMIT DROP AS
      SELECT gen_random_uuid() AS id, n, abs(hashtext('kind' || n)) % 10 AS kind, abs(hashtext('branch' || n)) % 11 AS place,
             rpad('line of build ' || n, 64, '.') || E'\n' AS log,
             now() - interval '1 hour' - (${builds} - n) * (${days} * interval '23 hours' / ${builds}) AS at
      FROM generate_series(${from}::int, ${until}::int) n`);
    await run(sql`ANALYZE made`);
    await run(sql`
      INSERT INTO builds (id, tenant_id, project_id, build_number, image_repository, build_method, branch, status, build_day, created_at,
                          queued_at, dispatch_at, started_at, completed_at, cleanup_at, attempt_count, fence)
      SELECT id, ${tenantId}, ${projectId}, n, '127.0.0.1:5000/old', 'buildx', CASE WHEN place < 10 THEN 'branch-' || place END,
             CASE WHEN n > ${builds} - 20 THEN 'queued' WHEN kind < 6 THEN 'success' WHEN kind < 9 THEN 'failed' ELSE 'cancelled' END,
             (at AT TIME ZONE 'utc')::date, at, at, at, at,
             CASE WHEN n <= ${builds} - 20 THEN at + interval '1 minute' END, CASE WHEN n <= ${builds} - 20 THEN at + interval '1 minute' END, 1, 1
      FROM made`);
    await run(sql`
      INSERT INTO build_configs (tenant_id, build_id, build_method, source_kind, build_timeout_milliseconds)
      SELECT ${tenantId}, id, 'buildx', 'inline', 60000 FROM made`);
    await run(
      sql`INSERT INTO build_triggers (tenant_id, build_id, trigger_type) SELECT ${tenantId}, id, 'manual' FROM made`,
    );
    await run(sql`
      INSERT INTO build_results (tenant_id, build_id, status, cleanup_status)
      SELECT ${tenantId}, id, CASE WHEN n <= ${builds} - 20 THEN 'failed' END, CASE WHEN n > ${builds} - 20 THEN 'pending' ELSE 'completed' END
      FROM made`);
    await run(sql`
      INSERT INTO leases (id, tenant_id, project_id, build_id, build_method, attempt, worker_id, fence, state, granted_at, expires_at, ended_at, ended_reason)
      SELECT id, ${tenantId}, ${projectId}, id, 'buildx', 1, ${workerId}, 1, 'released', at, at + interval '1 minute', at + interval '1 minute', 'released' FROM made`);
    await run(sql`
      INSERT INTO attempts (tenant_id, build_id, attempt, lease_id, worker_id, fence, started_at, ended_at, ended_reason,
                            log_chunks, log_lines, log_bytes, log_sha256, log_sealed_at)
      SELECT ${tenantId}, id, 1, id, ${workerId}, 1, at, at + interval '1 minute', 'succeeded', 1, 1, 65, encode(sha256(convert_to(log, 'utf8')), 'hex'),
             at + interval '1 minute'
      FROM made`);
    await run(sql`
      INSERT INTO build_logs (build_day, tenant_id, build_id, attempt, chunk, log_level, logged_at, first_line, line_count, offset_bytes, size_bytes, log_content)
      SELECT (at AT TIME ZONE 'utc')::date, ${tenantId}, id, 1, 0, 'INFO', at, 1, 1, 0, 65, log FROM made`);
    await run(sql`
      INSERT INTO build_steps (tenant_id, build_id, attempt, step_number, step_name, status)
      SELECT ${tenantId}, id, 1, 1, 'RUN true', 'success' FROM made`);
    await run(
      sql`INSERT INTO build_metrics (tenant_id, build_id, total_layers) SELECT ${tenantId}, id, 3 FROM made`,
    );
    await run(sql`
      INSERT INTO build_warnings (tenant_id, build_id, attempt, warning_number, found_by, rule, severity, message)
      SELECT ${tenantId}, id, 1, 1, 'buildkit', 'Rule', 'info', 'a warning' FROM made WHERE n % 10 = 0`);
    await run(sql`
      INSERT INTO build_test_reports (tenant_id, build_id, attempt, passed_count, failed_count, skipped_count, suite_count)
      SELECT ${tenantId}, id, 1, 1, 0, 0, 1 FROM made WHERE n % 10 = 0`);
    await run(sql`
      INSERT INTO build_test_results (tenant_id, build_id, attempt, case_number, suite_name, class_name, test_name, status, failed_tries)
      SELECT ${tenantId}, id, 1, 1, 'suite', 'class', 'case', 'passed', 0 FROM made WHERE n % 10 = 0`);
    await run(sql`
      INSERT INTO contents (tenant_id, sha256, size_bytes, stored_at, last_needed_at)
      SELECT DISTINCT ${tenantId}::uuid, encode(sha256(convert_to((n / 7)::text, 'utf8')), 'hex'), 7, now(), now() - interval '100 days' FROM made ON CONFLICT DO NOTHING`);
    await run(sql`
      INSERT INTO build_artifacts (tenant_id, build_id, attempt, artifact_type, artifact_name, media_type, artifact_location, artifact_size_bytes, sha256_digest)
      SELECT ${tenantId}::uuid, id, 1, 'build_output', 'out', 'application/octet-stream', 'contents/' || sha, 7, sha
      FROM made CROSS JOIN LATERAL (SELECT encode(sha256(convert_to((n / 7)::text, 'utf8')), 'hex') AS sha) s
      UNION ALL
      SELECT ${tenantId}, id, NULL, 'build_log', 'build.log', 'text/plain', 'log/' || id || '/1', 65, encode(sha256(convert_to(log, 'utf8')), 'hex')
      FROM made`);
  });
}

/** The partition of a day so many days ago, as ensure_log_partition makes those of the days around today. */
async function makeLogDay(admin, ago) {
  await sql`
    DO $$ DECLARE day date := (now() AT TIME ZONE 'utc')::date - ${sql.lit(ago)}; part text := 'build_logs_' || to_char(day, 'YYYYMMDD'); BEGIN
      IF to_regclass('public.' || part) IS NOT NULL THEN RETURN; END IF;
      EXECUTE format('CREATE TABLE public.%I (LIKE public.build_logs INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
      EXECUTE format('ALTER TABLE public.%I OWNER TO kiln_owner', part);
      EXECUTE format('ALTER TABLE public.build_logs ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', part, day, day + 1);
    END $$`.execute(admin);
}
