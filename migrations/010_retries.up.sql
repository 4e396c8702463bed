-- Retries: new builds that point at the one before, and new attempts after a fault of the infrastructure.

ALTER TABLE builds
  DROP CONSTRAINT builds_requeue_reason_check,
  ADD CONSTRAINT builds_requeue_reason_check
    CHECK (requeue_reason IN ('worker_lost', 'grant_unacknowledged', 'held', 'infrastructure_fault')),
  ADD COLUMN not_before timestamptz(3),
  ADD COLUMN staging_kept_until timestamptz(3);
COMMENT ON COLUMN builds.not_before IS 'A queued build gets no lease before this time: the back-off after a fault.';
COMMENT ON COLUMN builds.staging_kept_until IS 'Until when the image that the build left in staging is kept for a retry; NULL when none is.';

ALTER TABLE build_configs
  ADD COLUMN resume_from varchar(20) CHECK (resume_from IN ('publish')),
  ADD COLUMN resume_build_id uuid,
  ADD FOREIGN KEY (tenant_id, resume_build_id) REFERENCES builds (tenant_id, id),
  ADD CONSTRAINT build_configs_resumed_from_a_build CHECK ((resume_from IS NULL) = (resume_build_id IS NULL));
COMMENT ON COLUMN build_configs.resume_build_id IS 'The build of the chain whose image lies in staging.';

ALTER TABLE build_results ADD CONSTRAINT build_results_chain_when_retry CHECK (
  is_retry = (retry_count > 0) AND is_retry = (original_build_id IS NOT NULL) AND is_retry = (retry_of_build_id IS NOT NULL));
COMMENT ON COLUMN build_results.original_build_id IS 'The first build of the chain.';
COMMENT ON COLUMN build_results.retry_of_build_id IS 'The build of the chain before this one.';
CREATE UNIQUE INDEX build_results_chain ON build_results (original_build_id, retry_count)
  WHERE original_build_id IS NOT NULL;
