-- Limits of builds, set for a tenant or a project; compared with src/domain/limits/limit-table.ts by a test.

CREATE TABLE build_limits (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  project_id uuid,
  build_timeout_seconds bigint CHECK (build_timeout_seconds BETWEEN 10 AND 86400),
  step_timeout_seconds bigint CHECK (step_timeout_seconds BETWEEN 1 AND 86400),
  max_queued_wait_minutes bigint CHECK (max_queued_wait_minutes BETWEEN 1 AND 43200),
  log_head_bytes bigint CHECK (log_head_bytes BETWEEN 1024 AND 1073741824),
  log_tail_bytes bigint CHECK (log_tail_bytes BETWEEN 1024 AND 67108864),
  output_max_bytes bigint CHECK (output_max_bytes BETWEEN 1048576 AND 68719476736),
  context_max_bytes bigint CHECK (context_max_bytes BETWEEN 1024 AND 68719476736),
  context_max_entries bigint CHECK (context_max_entries BETWEEN 1 AND 1000000),
  image_max_bytes bigint CHECK (image_max_bytes BETWEEN 1024 AND 1099511627776),
  workspace_max_bytes bigint CHECK (workspace_max_bytes BETWEEN 1048576 AND 1099511627776),
  updated_by_user_id uuid,
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE NULLS NOT DISTINCT (tenant_id, project_id),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id),
  FOREIGN KEY (tenant_id, updated_by_user_id) REFERENCES users (tenant_id, id),
  CONSTRAINT build_limits_wait_of_project CHECK (project_id IS NOT NULL OR max_queued_wait_minutes IS NULL)
);
COMMENT ON TABLE build_limits IS 'A limit that is NULL is not set here.';
COMMENT ON COLUMN build_limits.project_id IS 'NULL: for every project of the tenant that does not set the limit itself.';
COMMENT ON COLUMN build_limits.max_queued_wait_minutes IS 'Of a project; that of the tenant is in build_concurrency_policies.';
CALL protect_tenant_table('build_limits');
GRANT SELECT, INSERT, UPDATE, DELETE ON build_limits TO kiln_api;
GRANT SELECT ON build_limits TO kiln_controller;
GRANT INSERT (tenant_id, max_queued_wait_minutes), UPDATE (max_queued_wait_minutes, updated_at)
  ON build_concurrency_policies TO kiln_api;

ALTER TABLE build_configs ADD limits jsonb CHECK (jsonb_typeof(limits) = 'object');
COMMENT ON COLUMN build_configs.limits IS 'Limits of the build with where each came from, as they were when it was accepted.';

-- What a host says of its disk. One that has less free than it keeps in reserve takes no new build.
ALTER TABLE build_workers
  ADD disk_free_bytes bigint CHECK (disk_free_bytes >= 0),
  ADD disk_reserve_bytes bigint CHECK (disk_reserve_bytes >= 0);

DROP FUNCTION worker_heartbeat(uuid, int, text[], text, jsonb);
-- True when slots may have become usable: the worker was away or degraded, offers more or other methods, or has room on its disk again.
CREATE FUNCTION worker_heartbeat(worker uuid, slots int, offered text[], in_zone text, with_labels jsonb,
                                 free_bytes bigint, reserve_bytes bigint)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  before public.build_workers;
  degraded boolean := public.worker_is_degraded(worker);
BEGIN
  SELECT * INTO before FROM public.build_workers w WHERE w.id = worker FOR UPDATE;
  IF NOT FOUND THEN RETURN NULL; END IF;
  UPDATE public.build_workers SET
    concurrent_builds_limit = slots, methods = offered, zone = in_zone, labels = with_labels,
    disk_free_bytes = free_bytes, disk_reserve_bytes = reserve_bytes,
    last_heartbeat = clock_timestamp(),
    status = CASE WHEN degraded THEN 'degraded' ELSE 'healthy' END
  WHERE id = worker;
  RETURN NOT degraded AND (before.status IN ('offline', 'degraded')
    OR slots > before.concurrent_builds_limit OR NOT offered <@ before.methods
    OR (before.disk_free_bytes < before.disk_reserve_bytes) IS TRUE AND (free_bytes < reserve_bytes) IS NOT TRUE);
END $$;
REVOKE ALL ON FUNCTION worker_heartbeat(uuid, int, text[], text, jsonb, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION worker_heartbeat(uuid, int, text[], text, jsonb, bigint, bigint) TO kiln_api;
