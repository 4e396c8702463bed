-- A build, its request and its summary. The queue is builds.status = 'queued'.

CREATE TABLE builds (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  project_id uuid NOT NULL,
  image_id uuid,
  build_number int NOT NULL CHECK (build_number >= 1),
  build_method varchar(20) NOT NULL CHECK (build_method IN ('kaniko', 'buildx', 'container', 'paketo', 'packer')),
  triggered_by_user_id uuid,
  triggered_by_git_event varchar(100),
  git_commit varchar(64),
  branch varchar(255),
  author varchar(320),
  message text,
  status varchar(20) NOT NULL DEFAULT 'queued'
    CHECK (status IN ('queued', 'in_progress', 'success', 'failed', 'cancelled')),
  error_message text,
  priority int NOT NULL DEFAULT 0,
  needs jsonb NOT NULL DEFAULT '{}',
  destinations jsonb NOT NULL DEFAULT '[]',
  tags_moved jsonb NOT NULL DEFAULT '[]',
  build_day date NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  queued_at timestamptz(3) NOT NULL DEFAULT now(),
  dispatch_at timestamptz(3) NOT NULL,
  requeue_reason varchar(30) CHECK (requeue_reason IN ('worker_lost', 'grant_unacknowledged', 'held')),
  started_at timestamptz(3),
  cancel_requested_at timestamptz(3),
  cancel_requested_by_user_id uuid,
  publish_began_at timestamptz(3),
  completed_at timestamptz(3),
  cleanup_at timestamptz(3),
  attempt_count int NOT NULL DEFAULT 0 CHECK (attempt_count >= 0),
  fence int NOT NULL DEFAULT 0 CHECK (fence >= 0),
  UNIQUE (tenant_id, id),
  UNIQUE (tenant_id, id, build_method),
  UNIQUE (project_id, build_number),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id),
  FOREIGN KEY (tenant_id, triggered_by_user_id) REFERENCES users (tenant_id, id),
  FOREIGN KEY (tenant_id, cancel_requested_by_user_id) REFERENCES users (tenant_id, id),
  CONSTRAINT builds_completed_when_terminal
    CHECK ((status IN ('success', 'failed', 'cancelled')) = (completed_at IS NOT NULL)),
  CONSTRAINT builds_started_when_in_progress CHECK (status <> 'in_progress' OR started_at IS NOT NULL)
);
COMMENT ON COLUMN builds.dispatch_at IS 'Acceptance time moved ahead by priority: the order within a queue.';
COMMENT ON COLUMN builds.build_day IS 'UTC day of acceptance; partition key of the log.';
COMMENT ON COLUMN builds.tags_moved IS 'Destinations whose tag this build has moved.';
CREATE INDEX builds_queue ON builds (tenant_id, project_id, build_method, dispatch_at, id)
  WHERE status = 'queued' AND cancel_requested_at IS NULL;
CREATE INDEX builds_newest ON builds (tenant_id, created_at DESC, id DESC);
CREATE INDEX builds_project_newest ON builds (project_id, created_at DESC, id DESC);
CALL protect_tenant_table('builds');

-- The legal moves; compared with src/domain/builds/status.ts by a test.
CREATE FUNCTION build_status_moves() RETURNS TABLE (from_status text, to_status text) LANGUAGE sql IMMUTABLE
AS $$
  VALUES ('queued', 'in_progress'), ('queued', 'failed'), ('queued', 'cancelled'),
         ('in_progress', 'queued'), ('in_progress', 'success'), ('in_progress', 'failed'), ('in_progress', 'cancelled')
$$;

CREATE FUNCTION guard_build() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF OLD.completed_at IS NOT NULL AND NEW.completed_at IS DISTINCT FROM OLD.completed_at THEN
    RAISE EXCEPTION 'build % is over: completed_at never changes', OLD.id USING ERRCODE = 'KB001';
  END IF;
  IF NEW.status <> OLD.status AND NOT EXISTS (
    SELECT FROM public.build_status_moves() m WHERE m.from_status = OLD.status AND m.to_status = NEW.status
  ) THEN
    RAISE EXCEPTION 'build % cannot move from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'KB001';
  END IF;
  IF OLD.status = 'in_progress' AND NEW.status = 'queued' AND NEW.requeue_reason IS NULL THEN
    RAISE EXCEPTION 'build % is queued again without a reason', OLD.id USING ERRCODE = 'KB001';
  END IF;
  IF NEW.fence < OLD.fence THEN
    RAISE EXCEPTION 'the fence of build % only grows', OLD.id USING ERRCODE = 'KB001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_build BEFORE UPDATE ON builds FOR EACH ROW EXECUTE FUNCTION guard_build();

CREATE TABLE build_configs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  build_id uuid NOT NULL UNIQUE,
  build_method varchar(20) NOT NULL CHECK (build_method IN ('kaniko', 'buildx', 'container', 'paketo', 'packer')),
  source_kind varchar(20) NOT NULL CHECK (source_kind IN ('upload', 'inline')),
  upload_id uuid,
  dockerfile text,
  dockerfile_inline text,
  build_context varchar(1024),
  cache_enabled boolean,
  cache_repo varchar(512),
  platforms jsonb,
  cache_from jsonb,
  cache_to jsonb,
  target_stage varchar(255),
  builder varchar(512),
  buildpacks jsonb,
  packer_template text,
  build_args jsonb,
  environment jsonb,
  secrets jsonb,
  metadata jsonb NOT NULL DEFAULT '{}',
  build_timeout_milliseconds bigint NOT NULL CHECK (build_timeout_milliseconds > 0),
  FOREIGN KEY (tenant_id, build_id, build_method) REFERENCES builds (tenant_id, id, build_method),
  FOREIGN KEY (tenant_id, upload_id) REFERENCES uploads (tenant_id, id),
  CONSTRAINT build_configs_upload_when_uploaded CHECK ((source_kind = 'upload') = (upload_id IS NOT NULL))
);
COMMENT ON COLUMN build_configs.dockerfile IS 'Path inside the context.';
COMMENT ON COLUMN build_configs.dockerfile_inline IS 'Content.';
COMMENT ON COLUMN build_configs.secrets IS 'References only.';
CALL protect_tenant_table('build_configs');

CREATE TABLE build_triggers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  build_id uuid NOT NULL UNIQUE,
  trigger_type varchar(20) NOT NULL CHECK (trigger_type IN ('manual', 'webhook', 'schedule', 'git_event')),
  trigger_source varchar(512),
  created_by_user_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  FOREIGN KEY (tenant_id, build_id) REFERENCES builds (tenant_id, id),
  FOREIGN KEY (tenant_id, created_by_user_id) REFERENCES users (tenant_id, id)
);
CALL protect_tenant_table('build_triggers');

CREATE TABLE build_results (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  build_id uuid NOT NULL UNIQUE,
  status varchar(20) CHECK (status IN ('success', 'failed', 'cancelled', 'timeout')),
  exit_code int,
  output_image_id uuid,
  output_image_url varchar(1024),
  output_image_digest varchar(100),
  failure_reason varchar,
  failure_stage varchar(20) CHECK (failure_stage IN ('compile', 'build', 'push', 'scan', 'verification')),
  failure_code varchar(60),
  failure_step int,
  failure_instruction text,
  failure_last_lines jsonb NOT NULL DEFAULT '[]',
  retryable boolean,
  total_duration_milliseconds bigint CHECK (total_duration_milliseconds >= 0),
  queue_wait_milliseconds bigint CHECK (queue_wait_milliseconds >= 0),
  build_execution_milliseconds bigint CHECK (build_execution_milliseconds >= 0),
  artifact_push_milliseconds bigint CHECK (artifact_push_milliseconds >= 0),
  retry_count int NOT NULL DEFAULT 0 CHECK (retry_count >= 0),
  is_retry boolean NOT NULL DEFAULT false,
  original_build_id uuid,
  retry_of_build_id uuid,
  cleanup_status varchar(20) NOT NULL DEFAULT 'pending' CHECK (cleanup_status IN ('pending', 'completed', 'failed')),
  FOREIGN KEY (tenant_id, build_id) REFERENCES builds (tenant_id, id),
  FOREIGN KEY (tenant_id, original_build_id) REFERENCES builds (tenant_id, id),
  FOREIGN KEY (tenant_id, retry_of_build_id) REFERENCES builds (tenant_id, id)
);
CALL protect_tenant_table('build_results');

CREATE FUNCTION guard_build_result() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF OLD.status IS NOT NULL AND NEW.status IS DISTINCT FROM OLD.status THEN
    RAISE EXCEPTION 'the result of build % never changes', OLD.build_id USING ERRCODE = 'KB001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_build_result BEFORE UPDATE ON build_results FOR EACH ROW EXECUTE FUNCTION guard_build_result();

CREATE TABLE build_status_history (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  build_id uuid NOT NULL,
  from_status varchar(20) CHECK (from_status IN ('queued', 'in_progress', 'success', 'failed', 'cancelled')),
  to_status varchar(20) NOT NULL CHECK (to_status IN ('queued', 'in_progress', 'success', 'failed', 'cancelled')),
  reason text,
  changed_by_user_id uuid,
  changed_by_system boolean NOT NULL,
  changed_at timestamptz(3) NOT NULL,
  sequence bigint GENERATED ALWAYS AS IDENTITY,
  FOREIGN KEY (tenant_id, build_id) REFERENCES builds (tenant_id, id),
  FOREIGN KEY (tenant_id, changed_by_user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX build_status_history_order ON build_status_history (build_id, sequence);
CALL protect_tenant_table('build_status_history');

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'KB002';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON build_status_history
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON build_status_history
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE idempotency_keys (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  idempotency_key varchar(255) NOT NULL,
  request_sha256 char(64) NOT NULL,
  build_id uuid NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, idempotency_key),
  FOREIGN KEY (tenant_id, build_id) REFERENCES builds (tenant_id, id) DEFERRABLE INITIALLY DEFERRED
);
CALL protect_tenant_table('idempotency_keys');

CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id uuid NOT NULL,
  build_id uuid NOT NULL,
  message jsonb NOT NULL CHECK (message ->> 'kind' IN ('start_build', 'cancel_build', 'lease_granted')),
  due_at timestamptz(3) NOT NULL DEFAULT now(),
  send_attempts int NOT NULL DEFAULT 0,
  last_error text,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  FOREIGN KEY (tenant_id, build_id) REFERENCES builds (tenant_id, id)
);
COMMENT ON COLUMN outbox.due_at IS 'When to send next; a relay that takes a row moves it ahead, which is its claim.';
CREATE INDEX outbox_due ON outbox (due_at, id);
CREATE INDEX outbox_build ON outbox (build_id);
CALL protect_tenant_table('outbox');

GRANT SELECT ON builds, build_configs, build_triggers, build_results, build_status_history, idempotency_keys TO kiln_api;
GRANT INSERT ON builds, build_configs, build_triggers, build_results, build_status_history, idempotency_keys, outbox TO kiln_api;
GRANT UPDATE (cancel_requested_at, cancel_requested_by_user_id) ON builds TO kiln_api;
GRANT SELECT, INSERT, UPDATE ON builds, build_configs, build_triggers, build_results TO kiln_controller;
GRANT SELECT, INSERT ON build_status_history TO kiln_controller;
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys, outbox TO kiln_controller;
