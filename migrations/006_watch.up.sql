-- Builds without an end are compared with their workflows; a worker that lets its grants run out gets none for a while.

CREATE INDEX builds_open ON builds (id) WHERE completed_at IS NULL;

CREATE INDEX leases_unacknowledged ON leases (worker_id, ended_at) WHERE ended_reason = 'grant_unacknowledged';
CREATE INDEX leases_acknowledged ON leases (worker_id, acknowledged_at);

-- Three grants in a row that it did not acknowledge, the last one less than a minute ago.
CREATE FUNCTION worker_is_degraded(worker uuid) RETURNS boolean
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT count(*) >= 3 AND max(l.ended_at) > clock_timestamp() - interval '60 seconds'
  FROM public.leases l
  WHERE l.worker_id = worker AND l.ended_reason = 'grant_unacknowledged' AND l.ended_at > coalesce(
    (SELECT max(a.acknowledged_at) FROM public.leases a WHERE a.worker_id = worker), '-infinity')
$$;
REVOKE ALL ON FUNCTION worker_is_degraded(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION worker_is_degraded(uuid) TO kiln_controller;

-- True when slots may have become usable: the worker was away or degraded, offers more, or offers other methods.
CREATE OR REPLACE FUNCTION worker_heartbeat(worker uuid, slots int, offered text[], in_zone text, with_labels jsonb)
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
