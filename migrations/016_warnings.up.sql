-- What lints say of the Dockerfile of a build, as the attempt that read it reported it.

CREATE TABLE build_warnings (
  tenant_id uuid NOT NULL,
  build_id uuid NOT NULL,
  attempt int NOT NULL,
  warning_number int NOT NULL CHECK (warning_number BETWEEN 1 AND 200),
  found_by varchar(20) NOT NULL CHECK (found_by IN ('hadolint', 'buildkit')),
  rule varchar(100) NOT NULL,
  severity varchar(10) NOT NULL CHECK (severity IN ('error', 'warning', 'info', 'style')),
  line_number int CHECK (line_number >= 1),
  column_number int CHECK (column_number >= 1),
  message text NOT NULL,
  link varchar(500),
  PRIMARY KEY (build_id, attempt, warning_number),
  FOREIGN KEY (tenant_id, build_id, attempt) REFERENCES attempts (tenant_id, build_id, attempt)
);
COMMENT ON TABLE build_warnings IS 'Written once, with the outcome of the attempt.';
CALL protect_tenant_table('build_warnings');
GRANT SELECT, INSERT ON build_warnings TO kiln_api;
GRANT SELECT ON build_warnings TO kiln_controller;
