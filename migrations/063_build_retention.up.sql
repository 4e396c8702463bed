-- Retention of builds: how many are kept and for how long, and what of them has gone.

CREATE TABLE build_retentions (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  project_id uuid,
  keep_builds int CHECK (keep_builds BETWEEN 1 AND 1000000),
  older_than_days int CHECK (older_than_days BETWEEN 1 AND 36500),
  log_days int CHECK (log_days BETWEEN 1 AND 36500),
  updated_by_user_id uuid,
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE NULLS NOT DISTINCT (tenant_id, project_id),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id),
  FOREIGN KEY (tenant_id, updated_by_user_id) REFERENCES users (tenant_id, id)
);
COMMENT ON TABLE build_retentions IS 'A rule that is NULL is not set here. Where no rule is set nothing goes.';
COMMENT ON COLUMN build_retentions.project_id IS 'NULL: for every project of the tenant that does not set the rule itself.';
COMMENT ON COLUMN build_retentions.keep_builds IS 'So many of the newest builds of each branch stay.';
COMMENT ON COLUMN build_retentions.older_than_days IS 'Builds that ended later stay.';
COMMENT ON COLUMN build_retentions.log_days IS 'Logs of builds that were accepted earlier go.';
CALL protect_tenant_table('build_retentions');
GRANT SELECT, INSERT, UPDATE ON build_retentions TO kiln_api;
GRANT SELECT ON build_retentions TO kiln_controller;

ALTER TABLE builds
  ADD removed_at timestamptz(3),
  ADD removed_because varchar(300),
  ADD CONSTRAINT builds_removed_when_over
    CHECK ((removed_at IS NULL) = (removed_because IS NULL) AND (removed_at IS NULL OR completed_at IS NOT NULL));
COMMENT ON COLUMN builds.removed_at IS 'Since when retention has left only the record: no steps, log, artifacts, metrics, warnings and tests.';
CREATE INDEX builds_kept ON builds (project_id, branch, build_number DESC) WHERE removed_at IS NULL;

CREATE TABLE build_prunes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  project_id uuid NOT NULL,
  prune_trigger varchar(20) NOT NULL CHECK (prune_trigger IN ('manual', 'schedule')),
  requested_by_user_id uuid,
  requested_at timestamptz(3) NOT NULL DEFAULT now(),
  completed_at timestamptz(3),
  removed_builds int NOT NULL DEFAULT 0 CHECK (removed_builds >= 0),
  removed_log_bytes bigint NOT NULL DEFAULT 0 CHECK (removed_log_bytes >= 0),
  UNIQUE (tenant_id, id),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id),
  FOREIGN KEY (tenant_id, requested_by_user_id) REFERENCES users (tenant_id, id)
);
CREATE UNIQUE INDEX build_prunes_open ON build_prunes (project_id) WHERE completed_at IS NULL;
CALL protect_tenant_table('build_prunes');
GRANT SELECT, INSERT ON build_prunes TO kiln_api;
GRANT SELECT, INSERT, UPDATE ON build_prunes TO kiln_controller;

CREATE TABLE removed_log_days (
  tenant_id uuid NOT NULL,
  project_id uuid NOT NULL,
  build_day date NOT NULL,
  log_days int NOT NULL,
  removed_at timestamptz(3) NOT NULL,
  deleted_at timestamptz(3),
  PRIMARY KEY (project_id, build_day),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id)
);
COMMENT ON TABLE removed_log_days IS 'Days of a project whose logs are not given any more.';
COMMENT ON COLUMN removed_log_days.log_days IS 'The rule that they went by.';
COMMENT ON COLUMN removed_log_days.deleted_at IS 'When the last of their rows was gone; NULL while they are being deleted.';
CREATE INDEX removed_log_days_left ON removed_log_days (build_day) WHERE deleted_at IS NULL;
CALL protect_tenant_table('removed_log_days');
GRANT SELECT ON removed_log_days TO kiln_api;
GRANT SELECT, INSERT, UPDATE ON removed_log_days TO kiln_controller;

-- A late chunk for a day that has gone finds no partition, for none is made again so far back (ensure_log_partition). The locks are strong
-- (on the log and on attempts, which it refers to), so they are waited for as briefly as builds may wait behind them, and asked for again later.
CREATE FUNCTION drop_log_partition(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '15ms' AS $$
BEGIN
  IF day >= (now() AT TIME ZONE 'utc')::date - 2 THEN
    RAISE EXCEPTION 'the log of % may still be written to', day;
  END IF;
  EXECUTE format('DROP TABLE IF EXISTS public.%I', 'build_logs_' || to_char(day, 'YYYYMMDD'));
END $$;
REVOKE ALL ON FUNCTION drop_log_partition(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION drop_log_partition(date) TO kiln_controller;

GRANT DELETE ON build_steps, build_logs, build_metrics, build_warnings, build_test_reports, build_test_results, build_artifacts
  TO kiln_controller;
