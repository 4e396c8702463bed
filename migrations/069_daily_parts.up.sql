-- What is asked of a project, of its cache, and by branch, method or worker, is counted by day with build_performance_daily, so that an answer reads days and not builds.

CREATE TABLE project_performance_daily (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  project_id uuid NOT NULL,
  date date NOT NULL,
  total_builds int NOT NULL,
  successful int NOT NULL,
  failed int NOT NULL,
  cancelled int NOT NULL,
  kaniko_count int NOT NULL,
  buildx_count int NOT NULL,
  container_count int NOT NULL,
  packer_count int NOT NULL,
  paketo_count int NOT NULL,
  max_concurrent_at_peak int NOT NULL,
  measured_builds int NOT NULL,
  duration_milliseconds bigint NOT NULL,
  queue_waits jsonb NOT NULL CHECK (jsonb_typeof(queue_waits) = 'object'),
  failures jsonb NOT NULL CHECK (jsonb_typeof(failures) = 'object'),
  PRIMARY KEY (tenant_id, project_id, date),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id),
  CONSTRAINT project_performance_daily_parts CHECK (successful + failed + cancelled <= total_builds)
);
COMMENT ON TABLE project_performance_daily IS 'The part of each project in build_performance_daily, with its own peak.';
CREATE INDEX project_performance_daily_date ON project_performance_daily (tenant_id, date);

CREATE TABLE build_outcomes_daily (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  outcome_kind varchar(10) NOT NULL CHECK (outcome_kind IN ('branch', 'method', 'worker')),
  date date NOT NULL,
  project_id uuid,
  name varchar(255) NOT NULL,
  total_builds int NOT NULL,
  successful int NOT NULL,
  failed int NOT NULL,
  cancelled int NOT NULL,
  UNIQUE NULLS NOT DISTINCT (tenant_id, outcome_kind, project_id, date, name),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id),
  CONSTRAINT build_outcomes_daily_parts CHECK (successful + failed + cancelled <= total_builds)
);
COMMENT ON COLUMN build_outcomes_daily.project_id IS 'NULL: of all projects together.';
COMMENT ON COLUMN build_outcomes_daily.name IS 'Of the branch, the method or the worker of the last attempt; empty: of no branch.';

CREATE TABLE cache_use_daily (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  date date NOT NULL,
  project_id uuid NOT NULL,
  steps int NOT NULL,
  cached_steps int NOT NULL,
  layers int NOT NULL,
  reused_layers int NOT NULL,
  PRIMARY KEY (tenant_id, date, project_id),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id),
  CONSTRAINT cache_use_daily_parts CHECK (cached_steps <= steps AND reused_layers <= layers)
);
COMMENT ON COLUMN cache_use_daily.steps IS 'Instructions that succeeded, of builds that have ended.';
COMMENT ON COLUMN cache_use_daily.layers IS 'Layers of the images that were built; reused_layers are those that an earlier build of the tenant had.';

-- Found out while a build runs, after it was counted for none.
CREATE TRIGGER note_uncounted_branch AFTER UPDATE OF branch ON builds FOR EACH ROW
  WHEN (NEW.branch IS DISTINCT FROM OLD.branch) EXECUTE FUNCTION note_uncounted_build();

-- What was built before is counted too.
ALTER TABLE builds NO FORCE ROW LEVEL SECURITY;
ALTER TABLE uncounted_spans NO FORCE ROW LEVEL SECURITY;
INSERT INTO uncounted_spans (tenant_id, began_at, ended_at)
  SELECT tenant_id, min(created_at), greatest(max(created_at), max(completed_at)) FROM builds GROUP BY tenant_id;
ALTER TABLE uncounted_spans FORCE ROW LEVEL SECURITY;
ALTER TABLE builds FORCE ROW LEVEL SECURITY;

CALL protect_tenant_table('project_performance_daily');
CALL protect_tenant_table('build_outcomes_daily');
CALL protect_tenant_table('cache_use_daily');
GRANT SELECT ON project_performance_daily, build_outcomes_daily, cache_use_daily TO kiln_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON project_performance_daily, build_outcomes_daily, cache_use_daily TO kiln_controller;
