import { WORKERS } from './facts.mjs';

/*
 * A statement for each table that a build leaves rows in, from the table `growth`, but for the log: that is written day by day. What is made
 * is what a build leaves that has gone by the way of all builds.
 */

const OF_IMAGES = `(SELECT image AS key, min(n) AS first, max(n) AS last, max(completed_at) AS built_at, min(completed_at) AS made_at
  FROM growth WHERE image IS NOT NULL GROUP BY image) i JOIN growth g ON g.n = i.key`;

/** By table. Those of images with packages and scans are every tenth of them. */
export const FILL = {
  builds: `
    INSERT INTO builds (id, tenant_id, project_id, image_id, build_number, build_method, git_commit, branch, author, message, status, destinations,
      tags_moved, build_day, created_at, queued_at, dispatch_at, held_at, started_at, completed_at, cleanup_at, staging_kept_until, publish_began_at, attempt_count, fence, image_repository)
    SELECT id, tenant_id, project_id, image_id, number, method, git_commit, branch, 'dev-' || n % 40 || '@example.com', 'Change ' || n || ' of ' || branch,
      status, jsonb_build_array(repository || ':' || number, repository || ':latest'),
      CASE WHEN status = 'success' THEN jsonb_build_array(repository || ':' || number, repository || ':latest') ELSE '[]' END,
      (created_at AT TIME ZONE 'utc')::date, created_at, created_at, created_at, CASE WHEN is_held THEN started_at END, CASE WHEN attempts > 0 THEN started_at END, completed_at, completed_at,
      CASE WHEN is_kept THEN now() + interval '1 day' END,
      CASE WHEN status = 'success' THEN completed_at END, attempts, attempts, repository
    FROM growth`,
  build_configs: `
    INSERT INTO build_configs (tenant_id, build_id, build_method, source_kind, git_url, git_ref, dockerfile, build_context, cache_enabled, build_args,
      build_timeout_milliseconds, limits, setting_layers)
    SELECT tenant_id, id, method, 'git', 'https://git.example.com/t' || tenant || '/app-' || place % 100 || '.git', branch, 'Dockerfile', '.', true,
      jsonb_build_object('VERSION', number::text), 3600000, '{}', '{}'
    FROM growth`,
  build_triggers: `
    INSERT INTO build_triggers (tenant_id, build_id, trigger_type, trigger_source, created_at)
    SELECT tenant_id, id, (ARRAY['webhook', 'webhook', 'webhook', 'manual', 'schedule'])[1 + n % 5], 'origin-' || n % 7, created_at FROM growth`,
  build_results: `
    INSERT INTO build_results (tenant_id, build_id, status, exit_code, output_image_id, output_image_url, output_image_digest, failure_reason, failure_code,
      failure_stage, failure_step, failure_instruction, failure_last_lines, retryable, total_duration_milliseconds, queue_wait_milliseconds,
      build_execution_milliseconds, artifact_push_milliseconds, retry_count, is_retry, original_build_id, retry_of_build_id, cleanup_status)
    SELECT tenant_id, id, CASE WHEN is_over THEN status END, CASE status WHEN 'success' THEN 0 WHEN 'failed' THEN 1 END, image_id,
      CASE WHEN status = 'success' THEN repository || '@' || digest END, CASE WHEN status = 'success' THEN digest END,
      CASE WHEN status = 'failed' THEN 'RUN make ended with exit code 2.' END,
      CASE WHEN status = 'failed' THEN (ARRAY['build_step_failed', 'build_step_failed', 'build_timeout', 'clone_failed'])[1 + n % 4] END,
      CASE WHEN status = 'failed' THEN 'build' END, CASE WHEN status = 'failed' THEN 4 END, CASE WHEN status = 'failed' THEN 'RUN make' END,
      CASE WHEN status = 'failed' THEN '["cc -c main.c", "main.c:7: error: expected ;"]'::jsonb ELSE '[]' END,
      CASE WHEN status = 'failed' THEN false END, CASE WHEN is_over THEN wait_ms + run_ms END, CASE WHEN is_over THEN wait_ms END,
      CASE WHEN is_over THEN run_ms END, CASE WHEN status = 'success' THEN run_ms / 10 END, (retry_of IS NOT NULL)::int, retry_of IS NOT NULL, retry_of, retry_of,
      CASE WHEN is_over AND NOT is_kept THEN 'completed' ELSE 'pending' END
    FROM growth`,
  build_status_history: `
    INSERT INTO build_status_history (tenant_id, build_id, from_status, to_status, changed_by_system, changed_at)
    SELECT tenant_id, id, was, becomes, true, at FROM growth
    CROSS JOIN LATERAL (VALUES (NULL, 'queued', created_at), ('queued', 'in_progress', CASE WHEN attempts > 0 THEN started_at END),
      ('in_progress', status, completed_at)) AS change(was, becomes, at)
    WHERE at IS NOT NULL`,
  leases: `
    INSERT INTO leases (id, tenant_id, project_id, build_id, build_method, attempt, worker_id, fence, state, token_sha256, granted_at, acknowledged_at, expires_at,
      ended_at, ended_reason)
    SELECT lease_id, tenant_id, project_id, id, method, 1, worker_id, 1, CASE WHEN is_over THEN 'released' ELSE 'active' END,
      sha256(lease_id::text::bytea), started_at, started_at, coalesce(completed_at, now()) + interval '1 hour', completed_at, CASE WHEN is_over THEN 'released' END
    FROM growth WHERE attempts > 0`,
  attempts: `
    INSERT INTO attempts (tenant_id, build_id, attempt, lease_id, worker_id, fence, started_at, ended_at, ended_reason, outcome, log_chunks, log_lines,
      log_bytes, log_sha256, log_sealed_at)
    SELECT tenant_id, id, 1, lease_id, worker_id, 1, started_at, completed_at,
      CASE status WHEN 'success' THEN 'succeeded' WHEN 'failed' THEN 'failed' WHEN 'cancelled' THEN 'cancelled' END,
      CASE WHEN is_over THEN jsonb_build_object('result', CASE status WHEN 'success' THEN 'succeeded' ELSE status END) END, chunks, chunks * 3, chunks * 300,
      CASE WHEN is_over THEN md5(id::text) || md5(lease_id::text) END, completed_at
    FROM growth WHERE attempts > 0`,
  build_steps: `
    INSERT INTO build_steps (tenant_id, build_id, attempt, step_number, step_name, instruction_type, status, layer_digest, layer_size_bytes, cached, error_message,
      started_at, completed_at, duration_seconds, duration_milliseconds)
    SELECT tenant_id, id, 1, s, (ARRAY['FROM alpine:3.22', 'COPY package.json .', 'RUN install', 'RUN make', 'COPY . .'])[s],
      (ARRAY['FROM', 'COPY', 'RUN', 'RUN', 'COPY'])[s], CASE WHEN s = 4 AND status = 'failed' THEN 'failed' WHEN s > 3 AND status <> 'success' THEN 'skipped' ELSE 'success' END,
      'sha256:' || md5(tenant_id::text || s) || md5(id::text || s), 100000 * s, (n + s) % 3 = 0, CASE WHEN s = 4 AND status = 'failed' THEN 'exit code 2' END,
      started_at, started_at + run_ms / 5 * interval '1 ms', run_ms / 5000, run_ms / 5
    FROM growth, generate_series(1, 5) s WHERE attempts > 0`,
  build_metrics: `
    INSERT INTO build_metrics (tenant_id, build_id, total_duration_seconds, docker_build_duration_seconds, total_duration_milliseconds,
      docker_build_duration_milliseconds, peak_memory_usage_mb, cpu_usage_percent, disk_read_bytes, disk_write_bytes, total_layers, reused_layers, new_layers,
      final_image_size_bytes)
    SELECT tenant_id, id, (wait_ms + run_ms) / 1000, run_ms / 1000, wait_ms + run_ms, run_ms, 100 + n % 900, 90, 1000000, 2000000, 4, n % 5, 4 - n % 5, 50000000 + n % 1000000
    FROM growth WHERE is_over`,
  publications: `
    INSERT INTO publications (tenant_id, build_id, repository, manifest_digest, status, attempt, try_number, total_blobs, mounted_blobs, existing_blobs, uploaded_blobs,
      total_bytes, spared_bytes, sent_bytes, started_at, completed_at, began_at)
    SELECT tenant_id, id, repository, digest, 'copied', 1, 1, 5, 0, 3, 2, 50000000, 40000000, 10000000, completed_at, completed_at, completed_at
    FROM growth WHERE status = 'success'`,
  build_base_images: `
    INSERT INTO build_base_images (tenant_id, build_id, position, reference, digest, is_base)
    SELECT tenant_id, id, 1, 'docker.io/library/alpine:3.22', pg_temp.digest_of('base', n / 5000), true FROM growth WHERE is_over`,
  build_warnings: `
    INSERT INTO build_warnings (tenant_id, build_id, attempt, warning_number, found_by, rule, severity, line_number, message)
    SELECT tenant_id, id, 1, 1, 'hadolint', 'DL3018', 'warning', 3, 'Pin versions in apk add.' FROM growth WHERE attempts > 0 AND n % 3 = 0`,
  build_gates: `
    INSERT INTO build_gates (build_id, tenant_id, gate_status, build_created_at, manifest_digest, requested_at, expires_at, decided_at, refusal_code)
    SELECT id, tenant_id, gate, created_at, coalesce(digest, pg_temp.digest_of('held', n)), started_at, CASE WHEN gate NOT IN ('passed', 'refused') THEN started_at + interval '1 day' END,
      completed_at, CASE WHEN gate = 'refused' THEN 'vulnerabilities_found' END
    FROM (SELECT *, CASE WHEN status = 'success' THEN (ARRAY['passed', 'passed', 'passed', 'approved'])[1 + n / 20 % 4]
      ELSE (ARRAY['refused', 'refused', 'rejected', 'expired'])[1 + n / 20 % 4] END AS gate FROM growth WHERE is_over AND n % 20 = 0
      UNION ALL SELECT *, 'held' FROM growth WHERE is_held) g`,
  contents: `
    INSERT INTO contents (tenant_id, sha256, size_bytes, stored_at)
    SELECT tenant_id, substr(pg_temp.digest_of('report', n), 8), 1000, completed_at FROM growth WHERE is_over AND n % 4 = 0`,
  build_artifacts: `
    INSERT INTO build_artifacts (tenant_id, build_id, attempt, artifact_type, artifact_name, media_type, artifact_size_bytes, sha256_digest, created_at,
      artifact_location, retention_policy)
    SELECT tenant_id, id, 1, 'build_output', 'report.txt', 'text/plain', 1000, substr(pg_temp.digest_of('report', n), 8), completed_at,
      'contents/' || n, (ARRAY['days_90', 'days_365', 'permanent'])[1 + n / 4 % 3]
    FROM growth WHERE is_over AND n % 4 = 0`,
  build_test_reports: `
    INSERT INTO build_test_reports (tenant_id, build_id, attempt, passed_count, failed_count, skipped_count, suite_count)
    SELECT tenant_id, id, 1, 4, 1, 0, 1 FROM growth WHERE is_over AND n % 4 = 0`,
  build_test_results: `
    INSERT INTO build_test_results (tenant_id, build_id, attempt, case_number, suite_name, class_name, test_name, status, failed_tries)
    SELECT tenant_id, id, 1, c, 'suite', 'Class', 'case ' || c, CASE WHEN c = 1 + n / 4 % 5 THEN 'failed' ELSE 'passed' END, 0
    FROM growth, generate_series(1, 5) c WHERE is_over AND n % 4 = 0`,
  images: `
    INSERT INTO images (id, tenant_id, project_id, manifest_digest, image_repository, first_build_id, last_build_id, created_at, last_built_at)
    SELECT image_id, tenant_id, project_id, digest, repository, pg_temp.id_of('build', i.first), pg_temp.id_of('build', i.last), i.made_at, i.built_at FROM ${OF_IMAGES}`,
  image_metadata: `
    INSERT INTO image_metadata (tenant_id, image_id, docker_config_digest, docker_manifest_digest, platform, total_layer_count, compressed_size_bytes,
      uncompressed_size_bytes, packages_count)
    SELECT tenant_id, image_id, pg_temp.digest_of('config', image), digest, 'linux/amd64', 4, 50000000, 120000000, 30 FROM ${OF_IMAGES}`,
  image_layers: `
    INSERT INTO image_layers (tenant_id, image_id, layer_number, layer_digest, layer_size_bytes, is_base_layer)
    SELECT tenant_id, image_id, l, CASE WHEN l < 3 THEN pg_temp.digest_of('base layer', place * 4 + l) ELSE pg_temp.digest_of('layer' || l, image) END, 1000000 * l, l = 1
    FROM ${OF_IMAGES}, generate_series(1, 4) l`,
  layer_usage: `
    INSERT INTO layer_usage (tenant_id, layer_digest, used_in_builds_count, last_used_in_build_at)
    SELECT tenant_id, layer_digest, count(*), now() FROM image_layers GROUP BY tenant_id, layer_digest`,
  image_tags: `
    INSERT INTO image_tags (tenant_id, repository, tag, manifest_digest, build_id, image_id, moved_at)
    SELECT tenant_id, repository, number::text, digest, id, image_id, completed_at FROM growth WHERE status = 'success'
    UNION ALL (SELECT DISTINCT ON (place) tenant_id, repository, 'latest', digest, id, image_id, completed_at
      FROM growth WHERE status = 'success' ORDER BY place, n DESC)`,
  image_explorations: `
    INSERT INTO image_explorations (tenant_id, manifest_digest, state, requested_at, ended_at)
    SELECT tenant_id, digest, 'explored', i.made_at, i.made_at FROM ${OF_IMAGES}`,
  image_package_lists: `
    INSERT INTO image_package_lists (tenant_id, manifest_digest, found_by, packages_count)
    SELECT tenant_id, digest, 'sbom', 30 FROM ${OF_IMAGES} WHERE image % 10 = 0`,
  image_packages: `
    INSERT INTO image_packages (tenant_id, manifest_digest, position, package_name, package_version, package_type, source_name, listed_at)
    SELECT tenant_id, digest, p, 'lib' || (CASE WHEN p < 21 THEN p ELSE image % 5000 + p END), '1.' || (image / 20000), 'deb', CASE WHEN p % 3 = 0 THEN 'source-' || p END, i.made_at
    FROM ${OF_IMAGES}, generate_series(1, 30) p WHERE image % 10 = 0`,
  image_scans: `
    INSERT INTO image_scans (tenant_id, manifest_digest, tried_at, scanned_at, tool) SELECT tenant_id, digest, i.made_at, i.made_at, 'grype' FROM ${OF_IMAGES} WHERE image % 10 = 0`,
  build_attestations: `
    INSERT INTO build_attestations (build_id, tenant_id, state, requested_at, ended_at)
    SELECT id, tenant_id, 'attached', completed_at, completed_at FROM growth WHERE status = 'success'`,
};

/** After all tables: what is counted of them. */
export const AFTER = [
  `UPDATE projects p SET last_build_number = g.last FROM (SELECT project_id, max(number) AS last FROM growth GROUP BY 1) g WHERE g.project_id = p.id`,
  `UPDATE build_workers w SET current_builds_count = (SELECT count(*) FROM leases l WHERE l.worker_id = w.id AND l.state = 'active'),
     concurrent_builds_limit = ${WORKERS}`,
];

/** The log of every build of one day. */
export const logOfDay = `
  INSERT INTO build_logs (build_day, tenant_id, build_id, attempt, chunk, step_number, log_level, logged_at, first_line, line_count, offset_bytes, size_bytes, log_content)
  SELECT $1::date, tenant_id, id, 1, c, 1 + c % 5, 'INFO', started_at, 1 + c * 3, 3, c * 300, 300,
    rpad('#' || (1 + c % 5) || ' ' || md5(n || ' ' || c) || E'\\n' || md5(c || ' ' || n) || E'\\n', 299, '. installed package ' || c || ' ') || E'\\n'
  FROM growth, generate_series(0, chunks - 1) c
  WHERE attempts > 0 AND created_at >= $1::date::timestamp AT TIME ZONE 'utc' AND created_at < ($1::date + 1)::timestamp AT TIME ZONE 'utc'`;
