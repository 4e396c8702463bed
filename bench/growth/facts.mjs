/*
 * What is drawn of each generated build, as a table `growth` that all others are written from. The same numbers for the same build: ids are hashes of
 * its place, and chances hashes of its place and of what they are for.
 */

export const TENANTS = 50;
export const PROJECTS_OF_TENANT = 10;
export const WORKERS = 20;
/** Builds that wait and that run now, however many there are: what the queue costs is to be compared by the history alone. */
export const QUEUED = 100;
export const RUNNING = 20;
/** Over so many days until now the builds are spread, unless it is asked for others. */
export const DAYS = 180;
/** The one that is asked for, with a sixth of all builds: what grows shows there first. */
export const TENANT = 1;
/** The bearer token of tenant N. */
export const tokenOf = (tenant) => `kiln_growth-${tenant}-${'0'.repeat(32)}`;

/** Chances between 0 and 1, and ids: functions of the session, so that nothing of them is left in the schema. */
export const FUNCTIONS = `
  CREATE FUNCTION pg_temp.chance(n bigint, salt int) RETURNS float8 LANGUAGE sql IMMUTABLE
    AS 'SELECT (hashint8extended(n, salt) & 1073741823) / 1073741824.0';
  CREATE FUNCTION pg_temp.id_of(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$SELECT overlay(overlay(md5(kind || n) placing '4' from 13) placing '8' from 17)::uuid$$;
  CREATE FUNCTION pg_temp.digest_of(kind text, n bigint) RETURNS text LANGUAGE sql IMMUTABLE
    AS $$SELECT 'sha256:' || md5(kind || n) || md5(n || kind)$$;`;

/** Tenants, people, tokens, projects and hosts. */
export const HOUSES = [
  `INSERT INTO tenants (id, slug, name) SELECT pg_temp.id_of('tenant', t), 'tenant-' || t, 'Tenant ' || t FROM generate_series(1, ${TENANTS}) t`,
  `INSERT INTO users (id, tenant_id, username) SELECT pg_temp.id_of('user', t), pg_temp.id_of('tenant', t), 'admin' FROM generate_series(1, ${TENANTS}) t`,
  `INSERT INTO api_tokens (tenant_id, user_id, token_name, token_sha256)
   SELECT pg_temp.id_of('tenant', t), pg_temp.id_of('user', t), 'growth', sha256(convert_to('kiln_growth-' || t || '-' || repeat('0', 32), 'UTF8'))
   FROM generate_series(1, ${TENANTS}) t`,
  `INSERT INTO projects (id, tenant_id, slug, name, image_repository, created_at)
   SELECT pg_temp.id_of('project', t * 100 + p), pg_temp.id_of('tenant', t), 'app-' || p, 'App ' || p, 'registry.example.com/t' || t || '/app-' || p,
     now() - interval '${DAYS} days'
   FROM generate_series(1, ${TENANTS}) t, generate_series(1, ${PROJECTS_OF_TENANT}) p`,
  `INSERT INTO build_workers (id, worker_name, worker_type, methods, concurrent_builds_limit, current_builds_count, status, last_heartbeat)
   SELECT pg_temp.id_of('worker', w), 'host-' || w, 'local', '{buildx,container,kaniko,paketo,packer}', 1, 1, 'busy', now()
   FROM generate_series(1, ${WORKERS}) w`,
];

/**
 * One row a build. Tenants and the projects of each are drawn by Zipf's law (the first tenant has a sixth of all builds, the middle one a
 * hundredth); a tenth is on branches of a few builds; a little more than a fifth fails.
 */
export const growthTable = ({ builds, logChunks, days }) => `
  CREATE UNLOGGED TABLE growth AS
  WITH drawn AS (
    SELECT n, floor(${TENANTS + 1} ^ pg_temp.chance(n, 1))::int AS tenant, floor(${PROJECTS_OF_TENANT + 1} ^ pg_temp.chance(n, 2))::int AS project,
      pg_temp.chance(n, 3) AS of_branch, pg_temp.chance(n, 4) AS of_method, pg_temp.chance(n, 5) AS of_end, pg_temp.chance(n, 6) AS of_image,
      (2000 + 600000 * pg_temp.chance(n, 7) ^ 4)::bigint AS run_ms, (50 + 120000 * pg_temp.chance(n, 8) ^ 8)::bigint AS wait_ms,
      date_trunc('milliseconds', now()) - interval '${days} days' * ((${builds} - n)::float8 / ${builds}) - interval '1 second' AS created_at,
      ${builds} - n AS before_last
    FROM generate_series(1::bigint, ${builds}::bigint) n
  ), numbered AS (
    SELECT *, tenant * 100 + project AS place, row_number() OVER of_project AS number, lag(n) OVER of_project AS previous
    FROM drawn WINDOW of_project AS (PARTITION BY tenant, project ORDER BY n)
  ), ended AS (
    SELECT *, CASE WHEN before_last < ${QUEUED} THEN 'queued' WHEN before_last < ${QUEUED + RUNNING} THEN 'in_progress'
      WHEN of_end < 0.72 THEN 'success' WHEN of_end < 0.94 THEN 'failed' ELSE 'cancelled' END AS status
    FROM numbered
  ), built AS (
    SELECT *, status IN ('success', 'failed', 'cancelled') AS is_over,
      coalesce(max(CASE WHEN status = 'success' AND of_image < 0.5 THEN n END) OVER (PARTITION BY tenant, project ORDER BY n),
        min(CASE WHEN status = 'success' THEN n END) OVER (PARTITION BY tenant, project)) AS last_image
    FROM ended
  )
  SELECT n, tenant, place, number, status, is_over, created_at, run_ms, wait_ms, before_last,
    pg_temp.id_of('build', n) AS id, pg_temp.id_of('tenant', tenant) AS tenant_id, pg_temp.id_of('project', place) AS project_id,
    pg_temp.id_of('lease', n) AS lease_id, pg_temp.id_of('worker', 1 + n % ${WORKERS}) AS worker_id,
    CASE WHEN status = 'success' THEN last_image END AS image, CASE WHEN status = 'success' THEN pg_temp.id_of('image', last_image) END AS image_id,
    pg_temp.digest_of('image', last_image) AS digest,
    'registry.example.com/t' || tenant || '/app-' || place % 100 AS repository,
    CASE WHEN of_branch < 0.6 THEN 'main' WHEN of_branch < 0.75 THEN 'develop' WHEN of_branch < 0.9 THEN 'release/' || (1 + number % 3)
      ELSE 'feature/' || number / 60 || '-' || n % 2 END AS branch,
    CASE WHEN of_method < 0.6 THEN 'buildx' WHEN of_method < 0.8 THEN 'container' WHEN of_method < 0.9 THEN 'kaniko'
      WHEN of_method < 0.97 THEN 'paketo' ELSE 'packer' END AS method,
    md5('commit' || n) || substr(md5(n || 'commit'), 1, 8) AS git_commit,
    created_at + wait_ms * interval '1 ms' AS started_at,
    CASE WHEN is_over THEN least(created_at + (wait_ms + run_ms) * interval '1 ms', now()) END AS completed_at,
    CASE WHEN is_over AND pg_temp.chance(n, 9) < 0.02 AND pg_temp.chance(previous, 9) >= 0.02 THEN pg_temp.id_of('build', previous) END AS retry_of,
    status = 'queued' AND before_last % 20 = 0 AS is_held,
    status = 'failed' AND before_last < 2000 AND n % 5 = 0 AS is_kept, CASE WHEN status = 'queued' THEN 0 ELSE 1 END AS attempts,
    (n * ${logChunks} / ${builds} - (n - 1) * ${logChunks} / ${builds})::int AS chunks
  FROM built`;
