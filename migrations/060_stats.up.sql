-- Statistics of builds: a row for each day of a tenant, in the tenant's time zone, counted again whenever a build of that day changes.

ALTER TABLE tenants ADD COLUMN time_zone varchar(64) NOT NULL DEFAULT 'UTC';
COMMENT ON COLUMN tenants.time_zone IS 'IANA name: whose midnights part the days of build_performance_daily.';
GRANT UPDATE (time_zone) ON tenants TO kiln_api;

CREATE TABLE build_performance_daily (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  date date NOT NULL,
  total_builds int NOT NULL,
  successful int NOT NULL,
  failed int NOT NULL,
  cancelled int NOT NULL,
  average_duration_seconds int,
  median_queue_wait_seconds int,
  failure_rate_percent numeric(5, 2),
  most_common_failure varchar(60),
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
  counted_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (tenant_id, date),
  CONSTRAINT build_performance_daily_parts CHECK (successful + failed + cancelled <= total_builds)
);
COMMENT ON COLUMN build_performance_daily.date IS 'The day in the zone of the tenant on which its builds were accepted.';
COMMENT ON COLUMN build_performance_daily.measured_builds IS 'Builds whose durations are in duration_milliseconds.';
COMMENT ON COLUMN build_performance_daily.duration_milliseconds IS 'Sum, from which averages over several days are made.';
COMMENT ON COLUMN build_performance_daily.queue_waits IS 'Builds by their wait in whole seconds, from which medians over several days are made.';
COMMENT ON COLUMN build_performance_daily.failures IS 'Failed builds by failure_code.';
CALL protect_tenant_table('build_performance_daily');

CREATE TABLE uncounted_spans (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  began_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3) NOT NULL,
  CONSTRAINT uncounted_spans_in_order CHECK (began_at <= ended_at)
);
COMMENT ON TABLE uncounted_spans IS 'Spans of time in which something of a build has changed since the days were counted; written with the change.';

CREATE TABLE uncounted_days (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  date date NOT NULL,
  PRIMARY KEY (tenant_id, date)
);
COMMENT ON TABLE uncounted_days IS 'The days of those spans in the zone of the tenant; who counts one takes its row away in the same transaction.';
CREATE INDEX uncounted_days_newest ON uncounted_days (date);

-- A span and not a day: the zone is read when the days are counted. Rows only, so that builds of a day do not wait for each other.
CREATE FUNCTION note_uncounted_build() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO public.uncounted_spans (tenant_id, began_at, ended_at)
  VALUES (NEW.tenant_id, NEW.created_at, greatest(NEW.created_at, NEW.completed_at));
  RETURN NULL;
END $$;
CREATE TRIGGER note_uncounted AFTER INSERT ON builds FOR EACH ROW EXECUTE FUNCTION note_uncounted_build();
CREATE TRIGGER note_uncounted_end AFTER UPDATE OF completed_at ON builds FOR EACH ROW
  WHEN (NEW.completed_at IS DISTINCT FROM OLD.completed_at) EXECUTE FUNCTION note_uncounted_build();

CREATE FUNCTION note_uncounted_attempt() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO public.uncounted_spans (tenant_id, began_at, ended_at)
  VALUES (NEW.tenant_id, NEW.started_at, greatest(NEW.started_at, NEW.ended_at));
  RETURN NULL;
END $$;
CREATE TRIGGER note_uncounted AFTER INSERT ON attempts FOR EACH ROW EXECUTE FUNCTION note_uncounted_attempt();
CREATE TRIGGER note_uncounted_end AFTER UPDATE OF ended_at ON attempts FOR EACH ROW
  WHEN (NEW.ended_at IS DISTINCT FROM OLD.ended_at) EXECUTE FUNCTION note_uncounted_attempt();

-- The attempts that ran at some moment of a day: nearly all began in it or the day before, the few others are in the second index.
CREATE INDEX attempts_started ON attempts (tenant_id, started_at);
CREATE INDEX attempts_long ON attempts (tenant_id) WHERE ended_at IS NULL OR ended_at - started_at > interval '1 day';

-- What was built before is counted too.
ALTER TABLE builds NO FORCE ROW LEVEL SECURITY;
INSERT INTO uncounted_spans (tenant_id, began_at, ended_at)
  SELECT tenant_id, min(created_at), greatest(max(created_at), max(completed_at)) FROM builds GROUP BY tenant_id;
ALTER TABLE builds FORCE ROW LEVEL SECURITY;

CALL protect_tenant_table('uncounted_spans');
CALL protect_tenant_table('uncounted_days');

GRANT SELECT ON build_performance_daily, uncounted_days TO kiln_api;
GRANT SELECT, INSERT ON uncounted_spans TO kiln_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON build_performance_daily TO kiln_controller;
GRANT SELECT, INSERT, UPDATE, DELETE ON uncounted_spans, uncounted_days TO kiln_controller;
