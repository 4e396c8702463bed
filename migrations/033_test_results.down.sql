DELETE FROM build_warnings WHERE found_by = 'tests';
ALTER TABLE build_warnings DROP CONSTRAINT build_warnings_found_by_check;
ALTER TABLE build_warnings ADD CONSTRAINT build_warnings_found_by_check CHECK (found_by IN ('hadolint', 'buildkit'));
UPDATE build_results SET failure_stage = 'build' WHERE failure_stage = 'tests';
ALTER TABLE build_results DROP CONSTRAINT build_results_failure_stage_check;
ALTER TABLE build_results ADD CONSTRAINT build_results_failure_stage_check
  CHECK (failure_stage IN ('compile', 'build', 'push', 'scan', 'verification'));
DROP TABLE build_test_results;
DROP TABLE build_test_reports;
