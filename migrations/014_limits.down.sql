DROP FUNCTION worker_heartbeat(uuid, int, text[], text, jsonb, bigint, bigint);
CREATE FUNCTION worker_heartbeat(worker uuid, slots int, offered text[], in_zone text, with_labels jsonb)
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
    last_heartbeat = clock_timestamp(),
    status = CASE WHEN degraded THEN 'degraded' ELSE 'healthy' END
  WHERE id = worker;
  RETURN NOT degraded AND (before.status IN ('offline', 'degraded')
    OR slots > before.concurrent_builds_limit OR NOT offered <@ before.methods);
END $$;
REVOKE ALL ON FUNCTION worker_heartbeat(uuid, int, text[], text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION worker_heartbeat(uuid, int, text[], text, jsonb) TO kiln_api;
ALTER TABLE build_workers DROP COLUMN disk_free_bytes, DROP COLUMN disk_reserve_bytes;
ALTER TABLE build_configs DROP COLUMN limits;
REVOKE INSERT (tenant_id, max_queued_wait_minutes), UPDATE (max_queued_wait_minutes, updated_at)
  ON build_concurrency_policies FROM kiln_api;
DROP TABLE build_limits;
