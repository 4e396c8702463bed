DROP INDEX build_results_chain;
COMMENT ON COLUMN build_results.original_build_id IS NULL;
COMMENT ON COLUMN build_results.retry_of_build_id IS NULL;
ALTER TABLE build_results DROP CONSTRAINT build_results_chain_when_retry;
ALTER TABLE build_configs DROP COLUMN resume_from, DROP COLUMN resume_build_id;
ALTER TABLE builds
  DROP COLUMN not_before,
  DROP COLUMN staging_kept_until,
  DROP CONSTRAINT builds_requeue_reason_check,
  ADD CONSTRAINT builds_requeue_reason_check CHECK (requeue_reason IN ('worker_lost', 'grant_unacknowledged', 'held'));
