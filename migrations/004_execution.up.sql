-- What a build did: steps, log, metrics.

CREATE TABLE build_steps (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  build_id uuid NOT NULL,
  attempt int NOT NULL,
  step_number int NOT NULL CHECK (step_number >= 1),
  step_name text NOT NULL,
  instruction_type varchar(40),
  status varchar(20) NOT NULL CHECK (status IN ('pending', 'running', 'success', 'failed', 'skipped')),
  layer_digest varchar(100),
  layer_size_bytes bigint CHECK (layer_size_bytes >= 0),
  cached boolean NOT NULL DEFAULT false,
  stdout text,
  stderr text,
  error_message text,
  error_code text,
  started_at timestamptz(3),
  completed_at timestamptz(3),
  duration_seconds int CHECK (duration_seconds >= 0),
  duration_milliseconds bigint CHECK (duration_milliseconds >= 0),
  UNIQUE (build_id, attempt, step_number),
  FOREIGN KEY (tenant_id, build_id, attempt) REFERENCES attempts (tenant_id, build_id, attempt)
);
CALL protect_tenant_table('build_steps');

CREATE TABLE build_logs (
  build_day date NOT NULL,
  tenant_id uuid NOT NULL,
  build_id uuid NOT NULL,
  attempt int NOT NULL,
  chunk int NOT NULL CHECK (chunk >= 0),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  step_number int,
  log_level varchar(10) NOT NULL CHECK (log_level IN ('INFO', 'WARN', 'ERROR', 'DEBUG')),
  logged_at timestamptz(3) NOT NULL,
  first_line int NOT NULL CHECK (first_line >= 1),
  line_count int NOT NULL CHECK (line_count >= 1),
  offset_bytes bigint NOT NULL CHECK (offset_bytes >= 0),
  size_bytes int NOT NULL CHECK (size_bytes >= 0),
  log_content text NOT NULL,
  raw bytea,
  PRIMARY KEY (build_day, build_id, attempt, chunk),
  FOREIGN KEY (tenant_id, build_id, attempt) REFERENCES attempts (tenant_id, build_id, attempt)
) PARTITION BY RANGE (build_day);
COMMENT ON COLUMN build_logs.raw IS 'The bytes, where log_content does not give them back.';
CALL protect_tenant_table('build_logs');

-- Makes the partition of a day. Attached, not created in place, so that readers and writers of other days go on.
CREATE FUNCTION ensure_log_partition(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  partition text := 'build_logs_' || to_char(day, 'YYYYMMDD');
BEGIN
  IF to_regclass('public.' || partition) IS NOT NULL THEN RETURN; END IF;
  IF day NOT BETWEEN (now() AT TIME ZONE 'utc')::date - 2 AND (now() AT TIME ZONE 'utc')::date + 2 THEN
    RAISE EXCEPTION 'log partitions are made for the days around today, not for %', day;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('kiln.log_partition', 0));
  IF to_regclass('public.' || partition) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE public.%I (LIKE public.build_logs INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
  EXECUTE format('ALTER TABLE public.build_logs ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                 partition, day, day + 1);
END $$;
REVOKE ALL ON FUNCTION ensure_log_partition(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_log_partition(date) TO kiln_api, kiln_controller;

CREATE VIEW build_log_lines WITH (security_invoker = true) AS
  SELECT c.tenant_id, c.build_id, c.attempt, c.first_line + (l.position - 1)::int AS line_number,
         c.chunk, c.step_number, c.log_level, c.logged_at, l.line AS log_content
  FROM build_logs c
  CROSS JOIN LATERAL (SELECT CASE WHEN right(c.log_content, 1) = E'\n' THEN left(c.log_content, -1) ELSE c.log_content END) t (body)
  CROSS JOIN LATERAL unnest(CASE WHEN t.body = '' THEN ARRAY[''] ELSE string_to_array(t.body, E'\n') END)
    WITH ORDINALITY l (line, position);

CREATE TABLE build_metrics (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  build_id uuid NOT NULL UNIQUE,
  total_duration_seconds int,
  docker_build_duration_seconds int,
  docker_push_duration_seconds int,
  total_duration_milliseconds bigint,
  docker_build_duration_milliseconds bigint,
  docker_push_duration_milliseconds bigint,
  peak_memory_usage_mb int,
  cpu_usage_percent numeric(8, 2),
  disk_read_bytes bigint,
  disk_write_bytes bigint,
  total_layers int,
  reused_layers int,
  new_layers int,
  final_image_size_bytes bigint,
  compression_ratio numeric(10, 4),
  FOREIGN KEY (tenant_id, build_id) REFERENCES builds (tenant_id, id)
);
COMMENT ON TABLE build_metrics IS 'Measured or NULL.';
CALL protect_tenant_table('build_metrics');

GRANT SELECT ON build_steps, build_logs, build_log_lines, build_metrics TO kiln_api, kiln_controller;
GRANT INSERT, UPDATE ON build_steps TO kiln_api, kiln_controller;
GRANT INSERT ON build_logs TO kiln_api;
GRANT INSERT, UPDATE ON build_metrics TO kiln_controller;
