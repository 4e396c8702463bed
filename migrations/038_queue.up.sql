-- The order of the queue: a head for each need, the shares of tenants, the host that built a project last; what is expected of a wait, and
-- builds that newer ones have taken the place of.

DROP INDEX builds_queue;
CREATE INDEX builds_queue ON builds (tenant_id, project_id, build_method, needs, dispatch_at, id)
  WHERE status = 'queued' AND cancel_requested_at IS NULL AND held_at IS NULL;

CREATE INDEX leases_of_project ON leases (project_id, build_method, granted_at DESC);

CREATE TABLE tenant_shares (
  tenant_id uuid PRIMARY KEY REFERENCES tenants (id),
  used_milliseconds double precision NOT NULL CHECK (used_milliseconds >= 0),
  as_of timestamptz(3) NOT NULL
);
COMMENT ON TABLE tenant_shares IS 'Slot time of leases that have ended, as it counts at as_of: it halves every ten minutes.';
CALL protect_tenant_table('tenant_shares');
GRANT SELECT ON tenant_shares TO kiln_api;
GRANT SELECT, INSERT, UPDATE ON tenant_shares TO kiln_controller;

ALTER TABLE builds
  ADD superseded_by_build_id uuid,
  ADD start_expected_at timestamptz(3),
  ADD start_earliest_at timestamptz(3),
  ADD start_latest_at timestamptz(3),
  ADD start_error_milliseconds bigint,
  ADD FOREIGN KEY (tenant_id, superseded_by_build_id) REFERENCES builds (tenant_id, id),
  ADD CONSTRAINT builds_superseded_is_cancelled
    CHECK (superseded_by_build_id IS NULL OR cancel_requested_at IS NOT NULL),
  ADD CONSTRAINT builds_start_expected_in_band
    CHECK (start_expected_at BETWEEN start_earliest_at AND start_latest_at);
COMMENT ON COLUMN builds.superseded_by_build_id IS 'The newer build of its branch that had it cancelled when a limit was reached.';
COMMENT ON COLUMN builds.start_expected_at IS 'When it was expected to start, as it seemed when it began to wait; NULL where it did not have to.';
COMMENT ON COLUMN builds.start_error_milliseconds IS 'How much later than expected it started.';
CREATE INDEX builds_superseded ON builds (superseded_by_build_id) WHERE superseded_by_build_id IS NOT NULL;
GRANT UPDATE (superseded_by_build_id, dispatch_at) ON builds TO kiln_api;

ALTER TABLE build_concurrency_policies DROP CONSTRAINT build_concurrency_policies_on_limit_check;
ALTER TABLE build_concurrency_policies ADD CONSTRAINT build_concurrency_policies_on_limit_check
  CHECK (on_limit IN ('queue', 'reject', 'supersede'));
GRANT INSERT (max_concurrent_builds, max_concurrent_per_project, kaniko_max_concurrent, buildx_max_concurrent,
    container_max_concurrent, paketo_max_concurrent, packer_max_concurrent, priority_dispatch_enabled, on_limit),
  UPDATE (max_concurrent_builds, max_concurrent_per_project, kaniko_max_concurrent, buildx_max_concurrent,
    container_max_concurrent, paketo_max_concurrent, packer_max_concurrent, priority_dispatch_enabled, on_limit)
  ON build_concurrency_policies TO kiln_api;

CREATE POLICY counted_by_owner ON builds FOR SELECT TO kiln_owner USING (true);
CREATE POLICY counted_by_owner ON build_concurrency_policies FOR SELECT TO kiln_owner USING (true);

-- How much others than the tenant of the transaction want of the hosts, added up: an expected wait depends on it, and nobody learns more.
CREATE FUNCTION other_tenants_load() RETURNS TABLE (tenants int, weight int, queued int, running int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH waiting AS (
    SELECT b.tenant_id, count(*) AS builds FROM public.builds b
    WHERE b.status = 'queued' AND b.cancel_requested_at IS NULL AND b.held_at IS NULL
      AND b.tenant_id <> public.current_tenant() GROUP BY b.tenant_id
  ), busy AS (
    SELECT l.tenant_id, count(*) AS builds FROM public.leases l
    WHERE l.state IN ('granted', 'active') AND l.tenant_id <> public.current_tenant() GROUP BY l.tenant_id
  )
  SELECT count(*)::int, coalesce(sum(coalesce(p.weight, 1)), 0)::int,
    coalesce(sum(w.builds), 0)::int, coalesce(sum(r.builds), 0)::int
  FROM waiting w FULL JOIN busy r USING (tenant_id)
  LEFT JOIN public.build_concurrency_policies p ON p.tenant_id = coalesce(w.tenant_id, r.tenant_id)
$$;
REVOKE ALL ON FUNCTION other_tenants_load() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION other_tenants_load() TO kiln_api, kiln_controller;
