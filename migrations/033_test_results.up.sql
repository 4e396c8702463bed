-- What the test reports of a build say, as the attempt that read them reported it. A build may fail with its tests, and is warned of reports that
-- cannot be read.

CREATE TABLE build_test_reports (
  tenant_id uuid NOT NULL,
  build_id uuid NOT NULL,
  attempt int NOT NULL,
  passed_count int NOT NULL CHECK (passed_count >= 0),
  failed_count int NOT NULL CHECK (failed_count >= 0),
  skipped_count int NOT NULL CHECK (skipped_count >= 0),
  suite_count int NOT NULL CHECK (suite_count >= 0),
  duration_milliseconds bigint CHECK (duration_milliseconds >= 0),
  PRIMARY KEY (build_id, attempt),
  UNIQUE (tenant_id, build_id, attempt),
  FOREIGN KEY (tenant_id, build_id, attempt) REFERENCES attempts (tenant_id, build_id, attempt)
);
COMMENT ON TABLE build_test_reports IS 'Written once, with the outcome of the attempt. Counts are of all cases, also of those that are not kept.';
CALL protect_tenant_table('build_test_reports');
GRANT SELECT, INSERT ON build_test_reports TO kiln_api;
GRANT SELECT ON build_test_reports TO kiln_controller;

CREATE TABLE build_test_results (
  tenant_id uuid NOT NULL,
  build_id uuid NOT NULL,
  attempt int NOT NULL,
  case_number int NOT NULL CHECK (case_number BETWEEN 1 AND 10000),
  suite_name varchar(500) NOT NULL,
  class_name varchar(500) NOT NULL,
  test_name varchar(500) NOT NULL,
  status varchar(10) NOT NULL CHECK (status IN ('passed', 'failed', 'skipped')),
  duration_milliseconds int CHECK (duration_milliseconds >= 0),
  message text,
  failed_tries int NOT NULL CHECK (failed_tries >= 0),
  PRIMARY KEY (build_id, attempt, case_number),
  FOREIGN KEY (tenant_id, build_id, attempt) REFERENCES build_test_reports (tenant_id, build_id, attempt)
);
COMMENT ON TABLE build_test_results IS 'Cases of a report, failures first, then skipped ones. Names are empty where the report has none.';
CALL protect_tenant_table('build_test_results');
GRANT SELECT, INSERT ON build_test_results TO kiln_api;
GRANT SELECT ON build_test_results TO kiln_controller;

ALTER TABLE build_results DROP CONSTRAINT build_results_failure_stage_check;
ALTER TABLE build_results ADD CONSTRAINT build_results_failure_stage_check
  CHECK (failure_stage IN ('compile', 'build', 'tests', 'push', 'scan', 'verification'));

ALTER TABLE build_warnings DROP CONSTRAINT build_warnings_found_by_check;
ALTER TABLE build_warnings ADD CONSTRAINT build_warnings_found_by_check
  CHECK (found_by IN ('hadolint', 'buildkit', 'tests'));
