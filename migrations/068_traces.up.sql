-- Traces of builds that have ended, for whoever receives them: a row for each that is owed, written with the end of its build.

ALTER TABLE build_triggers
  ADD requested_at timestamptz(3),
  ADD traceparent char(55) CHECK (traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-01$');
COMMENT ON COLUMN build_triggers.requested_at IS 'When the api had the request for the build; NULL where no request asked for it.';
COMMENT ON COLUMN build_triggers.traceparent IS 'The W3C trace context of that request; NULL without one, or with one that nobody records.';

ALTER TABLE installation ADD traces_wanted boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN installation.traces_wanted IS 'Whether the controller that was started last sends traces.';
GRANT UPDATE (traces_wanted) ON installation TO kiln_controller;

CREATE TABLE owed_traces (
  build_id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  tries int NOT NULL DEFAULT 0 CHECK (tries >= 0),
  next_try_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  FOREIGN KEY (tenant_id, build_id) REFERENCES builds (tenant_id, id)
);
COMMENT ON TABLE owed_traces IS 'Builds whose traces were not sent yet; a row goes when its trace has arrived or was given up.';
COMMENT ON COLUMN owed_traces.next_try_at IS 'When it is sent, or sent again; who takes it moves this ahead, which is its claim.';
CREATE INDEX owed_traces_next ON owed_traces (next_try_at);
CALL protect_tenant_table('owed_traces');
GRANT SELECT, INSERT, DELETE, UPDATE (tries, next_try_at) ON owed_traces TO kiln_controller;

CREATE FUNCTION owe_trace() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO public.owed_traces (tenant_id, build_id)
  SELECT NEW.tenant_id, NEW.build_id FROM public.installation WHERE traces_wanted
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER owe_trace AFTER INSERT ON build_status_history
  FOR EACH ROW WHEN (NEW.to_status IN ('success', 'failed', 'cancelled')) EXECUTE FUNCTION owe_trace();
