DROP INDEX leases_lost;
DROP FUNCTION worker_heartbeat(uuid, jsonb, text, text[]);
DROP FUNCTION lock_worker(uuid);
DROP TRIGGER record_worker_interval ON build_workers;
DROP FUNCTION record_worker_interval();
DROP FUNCTION worker_uptime_percent(uuid, timestamptz);
DROP TABLE worker_intervals;
REVOKE SELECT (worker_id, revoked_at), INSERT (worker_id, token_sha256), UPDATE (revoked_at) ON worker_tokens FROM kiln_api;
DROP POLICY worker_rows ON worker_tokens;
DROP POLICY resolved_by_owner ON worker_tokens;
DROP POLICY controller_rows ON worker_tokens;
ALTER TABLE worker_tokens NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
REVOKE INSERT (tenant_id, worker_name, worker_type, concurrent_builds_limit) ON build_workers FROM kiln_api;
REVOKE UPDATE (scheduling, quarantined_until, quarantine_reason, losses_count_from, status, removed_at)
  ON build_workers FROM kiln_api;
DROP POLICY tenant_additions ON build_workers;
DROP POLICY tenant_changes ON build_workers;
DROP FUNCTION is_operator();
DROP INDEX build_workers_name;
UPDATE build_workers SET worker_name = left(worker_name, 60) || ' ' || id WHERE removed_at IS NOT NULL;
ALTER TABLE build_workers
  DROP CONSTRAINT build_workers_removed_are_offline,
  DROP CONSTRAINT build_workers_quarantine_has_a_reason,
  DROP COLUMN host_id,
  DROP COLUMN platforms,
  DROP COLUMN emulated_platforms,
  DROP COLUMN tool_versions,
  DROP COLUMN accepted_holes,
  DROP COLUMN builder_trouble,
  DROP COLUMN disk_free_inodes,
  DROP COLUMN status_reasons,
  DROP COLUMN is_draining,
  DROP COLUMN scheduling,
  DROP COLUMN quarantined_until,
  DROP COLUMN quarantine_reason,
  DROP COLUMN losses_count_from,
  DROP COLUMN removed_at,
  ADD CONSTRAINT build_workers_worker_name_key UNIQUE (worker_name);
COMMENT ON COLUMN build_workers.uptime_percent IS NULL;

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
