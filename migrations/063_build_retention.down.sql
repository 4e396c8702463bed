REVOKE DELETE ON build_steps, build_logs, build_metrics, build_warnings, build_test_reports, build_test_results, build_artifacts
  FROM kiln_controller;
DROP FUNCTION drop_log_partition(date);
DROP TABLE removed_log_days;
DROP TABLE build_prunes;
DROP INDEX builds_kept;
ALTER TABLE builds DROP CONSTRAINT builds_removed_when_over, DROP removed_because, DROP removed_at;
DROP TABLE build_retentions;
