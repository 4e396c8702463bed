-- Build hosts: what they say of themselves, whether they may take builds, and since when they were up.

ALTER TABLE build_workers
  DROP CONSTRAINT build_workers_worker_name_key,
  ADD host_id uuid,
  ADD platforms text[] NOT NULL DEFAULT '{}',
  ADD emulated_platforms text[] NOT NULL DEFAULT '{}',
  ADD tool_versions jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(tool_versions) = 'object'),
  ADD accepted_holes text[] NOT NULL DEFAULT '{}',
  ADD builder_trouble text,
  ADD disk_free_inodes bigint CHECK (disk_free_inodes >= 0),
  ADD status_reasons text[] NOT NULL DEFAULT '{}',
  ADD is_draining boolean NOT NULL DEFAULT false,
  ADD scheduling varchar(20) NOT NULL DEFAULT 'open' CHECK (scheduling IN ('open', 'cordoned', 'draining')),
  ADD quarantined_until timestamptz(3),
  ADD quarantine_reason text,
  ADD losses_count_from timestamptz(3),
  ADD removed_at timestamptz(3),
  ADD CONSTRAINT build_workers_quarantine_has_a_reason CHECK (quarantined_until IS NULL OR quarantine_reason IS NOT NULL),
  ADD CONSTRAINT build_workers_removed_are_offline CHECK (removed_at IS NULL OR status = 'offline');
CREATE UNIQUE INDEX build_workers_name ON build_workers (worker_name) WHERE removed_at IS NULL;
COMMENT ON COLUMN build_workers.host_id IS 'The one host that speaks by the token: made by its supervisor, kept in its state folder.';
COMMENT ON COLUMN build_workers.platforms IS 'Of programs that the machine runs itself.';
COMMENT ON COLUMN build_workers.accepted_holes IS 'Known holes of its tools that its operator takes for mended.';
COMMENT ON COLUMN build_workers.status_reasons IS 'Why the status was neither healthy nor busy when it was written.';
COMMENT ON COLUMN build_workers.is_draining IS 'The host itself takes no new build: it is being stopped.';
COMMENT ON COLUMN build_workers.losses_count_from IS 'Somebody has looked into the losses before it.';
COMMENT ON COLUMN build_workers.uptime_percent IS 'As of the last heartbeat or change of the status; worker_uptime_percent() tells it for any time.';

-- Operators change the workers of all tenants; the api says so after it has judged the caller.
CREATE FUNCTION is_operator() RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT current_setting('kiln.operator', true) = 'on' $$;
REVOKE ALL ON FUNCTION is_operator() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_operator() TO kiln_api;
CREATE POLICY tenant_changes ON build_workers FOR UPDATE TO kiln_api
  USING (current_tenant() IS NOT NULL AND (tenant_id = current_tenant() OR (tenant_id IS NULL AND is_operator())))
  WITH CHECK (current_tenant() IS NOT NULL AND (tenant_id = current_tenant() OR (tenant_id IS NULL AND is_operator())));
CREATE POLICY tenant_additions ON build_workers FOR INSERT TO kiln_api
  WITH CHECK (current_tenant() IS NOT NULL AND (tenant_id = current_tenant() OR (tenant_id IS NULL AND is_operator())));
GRANT INSERT (tenant_id, worker_name, worker_type, concurrent_builds_limit) ON build_workers TO kiln_api;
GRANT UPDATE (scheduling, quarantined_until, quarantine_reason, losses_count_from, status, removed_at)
  ON build_workers TO kiln_api;

ALTER TABLE worker_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE worker_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY controller_rows ON worker_tokens TO kiln_controller USING (true) WITH CHECK (true);
CREATE POLICY resolved_by_owner ON worker_tokens FOR SELECT TO kiln_owner USING (true);
-- The rows of build_workers that the role itself may change.
CREATE POLICY worker_rows ON worker_tokens TO kiln_api
  USING (EXISTS (SELECT FROM build_workers w WHERE w.id = worker_id AND (w.tenant_id = current_tenant() OR is_operator())))
  WITH CHECK (EXISTS (SELECT FROM build_workers w WHERE w.id = worker_id AND (w.tenant_id = current_tenant() OR is_operator())));
GRANT SELECT (worker_id, revoked_at), INSERT (worker_id, token_sha256), UPDATE (revoked_at) ON worker_tokens TO kiln_api;

-- How a worker was, without a gap from its first heartbeat on.
CREATE TABLE worker_intervals (
  worker_id uuid NOT NULL REFERENCES build_workers (id),
  state varchar(20) NOT NULL CHECK (state IN ('up', 'degraded', 'offline')),
  reasons text[] NOT NULL DEFAULT '{}',
  began_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3) CHECK (ended_at >= began_at)
);
COMMENT ON COLUMN worker_intervals.state IS 'up: healthy or busy; which of them its leases tell.';
CREATE UNIQUE INDEX worker_intervals_one_open ON worker_intervals (worker_id) WHERE ended_at IS NULL;
CREATE INDEX worker_intervals_of ON worker_intervals (worker_id, began_at);
ALTER TABLE worker_intervals ENABLE ROW LEVEL SECURITY;
ALTER TABLE worker_intervals FORCE ROW LEVEL SECURITY;
CREATE POLICY worker_rows ON worker_intervals FOR SELECT TO kiln_api
  USING (EXISTS (SELECT FROM build_workers w WHERE w.id = worker_id));
CREATE POLICY controller_rows ON worker_intervals TO kiln_controller USING (true) WITH CHECK (true);
CREATE POLICY recorded_by_owner ON worker_intervals TO kiln_owner USING (true) WITH CHECK (true);
GRANT SELECT ON worker_intervals TO kiln_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON worker_intervals TO kiln_controller;

-- Of the last thirty days of which something is known, how much the worker was up. Rounded down: 100.00 is no second less.
CREATE FUNCTION worker_uptime_percent(worker uuid, moment timestamptz) RETURNS numeric
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT floor(10000 * sum(extract(epoch FROM part)) FILTER (WHERE state = 'up') / nullif(sum(extract(epoch FROM part)), 0)) / 100
  FROM (
    SELECT state, least(coalesce(ended_at, moment), moment) - greatest(began_at, moment - interval '30 days') AS part
    FROM public.worker_intervals
    WHERE worker_id = worker AND began_at < moment AND coalesce(ended_at, moment) > moment - interval '30 days'
  ) parts
$$;
REVOKE ALL ON FUNCTION worker_uptime_percent(uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION worker_uptime_percent(uuid, timestamptz) TO kiln_api, kiln_controller;

CREATE FUNCTION record_worker_interval() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  state_now text := CASE WHEN NEW.status IN ('healthy', 'busy') THEN 'up' ELSE NEW.status END;
  open public.worker_intervals;
  at timestamptz := clock_timestamp();
BEGIN
  SELECT * INTO open FROM public.worker_intervals i WHERE i.worker_id = NEW.id AND i.ended_at IS NULL;
  IF open.state = state_now OR (open IS NULL AND state_now = 'offline') THEN RETURN NULL; END IF;
  at := greatest(at, open.began_at);
  UPDATE public.worker_intervals i SET ended_at = at WHERE i.worker_id = NEW.id AND i.ended_at IS NULL;
  DELETE FROM public.worker_intervals i WHERE i.worker_id = NEW.id AND i.ended_at < at - interval '31 days';
  INSERT INTO public.worker_intervals (worker_id, state, reasons, began_at) VALUES (NEW.id, state_now, NEW.status_reasons, at);
  UPDATE public.build_workers w SET uptime_percent = public.worker_uptime_percent(NEW.id, at) WHERE w.id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER record_worker_interval AFTER UPDATE OF status ON build_workers
  FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION record_worker_interval();
INSERT INTO worker_intervals (worker_id, state, began_at)
  SELECT id, CASE WHEN status IN ('healthy', 'busy') THEN 'up' ELSE status END, clock_timestamp()
  FROM build_workers WHERE last_heartbeat IS NOT NULL;

-- What is known of a worker, locked until the end of the transaction.
CREATE FUNCTION lock_worker(worker uuid) RETURNS SETOF build_workers
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT * FROM public.build_workers w WHERE w.id = worker AND w.removed_at IS NULL FOR UPDATE $$;

DROP FUNCTION worker_heartbeat(uuid, int, text[], text, jsonb, bigint, bigint);
-- Writes down what a worker says of itself, and what follows from it.
CREATE FUNCTION worker_heartbeat(worker uuid, offer jsonb, status_now text, reasons text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  texts constant text[] := '{}';
BEGIN
  UPDATE public.build_workers w SET
    host_id = (offer ->> 'host_id')::uuid,
    worker_type = offer ->> 'worker_type',
    concurrent_builds_limit = (offer ->> 'slots')::int,
    methods = texts || ARRAY(SELECT jsonb_array_elements_text(offer -> 'methods')),
    platforms = texts || ARRAY(SELECT jsonb_array_elements_text(offer -> 'platforms')),
    emulated_platforms = texts || ARRAY(SELECT jsonb_array_elements_text(offer -> 'emulated_platforms')),
    accepted_holes = texts || ARRAY(SELECT jsonb_array_elements_text(offer -> 'accepted_holes')),
    zone = offer ->> 'zone',
    labels = offer -> 'labels',
    tool_versions = offer -> 'tool_versions',
    builder_trouble = offer ->> 'builder_trouble',
    disk_free_bytes = (offer ->> 'disk_free_bytes')::bigint,
    disk_reserve_bytes = (offer ->> 'disk_reserve_bytes')::bigint,
    disk_free_inodes = (offer ->> 'disk_free_inodes')::bigint,
    is_draining = (offer ->> 'is_draining')::boolean,
    last_heartbeat = clock_timestamp(),
    status = status_now,
    status_reasons = reasons,
    uptime_percent = public.worker_uptime_percent(worker, clock_timestamp())
  WHERE w.id = worker;
END $$;
REVOKE ALL ON FUNCTION record_worker_interval(), lock_worker(uuid), worker_heartbeat(uuid, jsonb, text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lock_worker(uuid), worker_heartbeat(uuid, jsonb, text, text[]) TO kiln_api;

-- A host that has lost builds is looked up by its losses of the last minutes.
CREATE INDEX leases_lost ON leases (worker_id, ended_at) WHERE ended_reason = 'worker_lost';
