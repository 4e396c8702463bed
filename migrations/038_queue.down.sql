DROP FUNCTION other_tenants_load();
DROP POLICY counted_by_owner ON build_concurrency_policies;
DROP POLICY counted_by_owner ON builds;

REVOKE INSERT (max_concurrent_builds, max_concurrent_per_project, kaniko_max_concurrent, buildx_max_concurrent,
    container_max_concurrent, paketo_max_concurrent, packer_max_concurrent, priority_dispatch_enabled, on_limit),
  UPDATE (max_concurrent_builds, max_concurrent_per_project, kaniko_max_concurrent, buildx_max_concurrent,
    container_max_concurrent, paketo_max_concurrent, packer_max_concurrent, priority_dispatch_enabled, on_limit)
  ON build_concurrency_policies FROM kiln_api;
UPDATE build_concurrency_policies SET on_limit = 'queue' WHERE on_limit <> 'queue';
ALTER TABLE build_concurrency_policies DROP CONSTRAINT build_concurrency_policies_on_limit_check;
ALTER TABLE build_concurrency_policies ADD CONSTRAINT build_concurrency_policies_on_limit_check CHECK (on_limit IN ('queue'));

REVOKE UPDATE (superseded_by_build_id, dispatch_at) ON builds FROM kiln_api;
ALTER TABLE builds
  DROP superseded_by_build_id, DROP start_expected_at, DROP start_earliest_at, DROP start_latest_at, DROP start_error_milliseconds;
DROP TABLE tenant_shares;
DROP INDEX leases_of_project;
DROP INDEX builds_queue;
CREATE INDEX builds_queue ON builds (tenant_id, project_id, build_method, dispatch_at, id)
  WHERE status = 'queued' AND cancel_requested_at IS NULL AND held_at IS NULL;
