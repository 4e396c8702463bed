CREATE OR REPLACE FUNCTION worker_heartbeat(worker uuid, slots int, offered text[], in_zone text, with_labels jsonb)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  before public.build_workers;
BEGIN
  SELECT * INTO before FROM public.build_workers w WHERE w.id = worker FOR UPDATE;
  IF NOT FOUND THEN RETURN NULL; END IF;
  UPDATE public.build_workers SET
    concurrent_builds_limit = slots, methods = offered, zone = in_zone, labels = with_labels,
    last_heartbeat = clock_timestamp(),
    status = CASE WHEN status = 'degraded' THEN status ELSE 'healthy' END
  WHERE id = worker;
  RETURN before.status = 'offline' OR slots > before.concurrent_builds_limit OR NOT offered <@ before.methods;
END $$;
DROP FUNCTION worker_is_degraded(uuid);
DROP INDEX leases_acknowledged, leases_unacknowledged, builds_open;
