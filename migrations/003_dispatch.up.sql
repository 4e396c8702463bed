-- Workers, limits, leases and attempts.

CREATE TABLE build_workers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid REFERENCES tenants (id),
  worker_name varchar(100) NOT NULL UNIQUE,
  worker_type varchar(20) NOT NULL CHECK (worker_type IN ('docker', 'kubernetes', 'local')),
  methods text[] NOT NULL DEFAULT '{}'
    CHECK (methods <@ ARRAY['kaniko', 'buildx', 'container', 'paketo', 'packer']),
  concurrent_builds_limit int NOT NULL CHECK (concurrent_builds_limit >= 0),
  current_builds_count int NOT NULL DEFAULT 0 CHECK (current_builds_count >= 0),
  status varchar(20) NOT NULL DEFAULT 'offline' CHECK (status IN ('healthy', 'busy', 'degraded', 'offline')),
  zone varchar(100),
  labels jsonb NOT NULL DEFAULT '{}',
  last_heartbeat timestamptz(3),
  uptime_percent numeric(5, 2) CHECK (uptime_percent BETWEEN 0 AND 100),
  created_at timestamptz(3) NOT NULL DEFAULT now()
);
COMMENT ON COLUMN build_workers.tenant_id IS 'NULL: shared by all tenants.';
ALTER TABLE build_workers ENABLE ROW LEVEL SECURITY;
ALTER TABLE build_workers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON build_workers FOR SELECT TO kiln_api
  USING (current_tenant() IS NOT NULL AND (tenant_id IS NULL OR tenant_id = current_tenant()));
CREATE POLICY controller_rows ON build_workers TO kiln_controller USING (true) WITH CHECK (true);
CREATE POLICY heartbeat_by_owner ON build_workers TO kiln_owner USING (true) WITH CHECK (true);

-- Slots are taken only while one is free. A lowered limit leaves running builds alone.
CREATE FUNCTION guard_worker() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.current_builds_count > OLD.current_builds_count
     AND NEW.current_builds_count > NEW.concurrent_builds_limit THEN
    RAISE EXCEPTION 'worker % has no free slot', OLD.worker_name USING ERRCODE = 'KB003';
  END IF;
  IF NEW.status IN ('healthy', 'busy') THEN
    NEW.status := CASE WHEN NEW.current_builds_count >= NEW.concurrent_builds_limit THEN 'busy' ELSE 'healthy' END;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_worker BEFORE UPDATE ON build_workers FOR EACH ROW EXECUTE FUNCTION guard_worker();

CREATE TABLE worker_tokens (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  worker_id uuid NOT NULL REFERENCES build_workers (id),
  token_sha256 bytea NOT NULL UNIQUE CHECK (octet_length(token_sha256) = 32),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  revoked_at timestamptz(3)
);

CREATE TABLE build_concurrency_policies (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL UNIQUE REFERENCES tenants (id),
  max_concurrent_builds int CHECK (max_concurrent_builds >= 0),
  max_concurrent_per_project int CHECK (max_concurrent_per_project >= 0),
  kaniko_max_concurrent int CHECK (kaniko_max_concurrent >= 0),
  buildx_max_concurrent int CHECK (buildx_max_concurrent >= 0),
  container_max_concurrent int CHECK (container_max_concurrent >= 0),
  paketo_max_concurrent int CHECK (paketo_max_concurrent >= 0),
  packer_max_concurrent int CHECK (packer_max_concurrent >= 0),
  priority_dispatch_enabled boolean NOT NULL DEFAULT true,
  max_queued_wait_minutes int CHECK (max_queued_wait_minutes > 0),
  weight int NOT NULL DEFAULT 1 CHECK (weight > 0),
  on_limit varchar(20) NOT NULL DEFAULT 'queue' CHECK (on_limit IN ('queue')),
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);
COMMENT ON TABLE build_concurrency_policies IS 'A limit that is NULL does not limit.';
CALL protect_tenant_table('build_concurrency_policies');

CREATE TABLE leases (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  project_id uuid NOT NULL,
  build_id uuid NOT NULL,
  build_method varchar(20) NOT NULL CHECK (build_method IN ('kaniko', 'buildx', 'container', 'paketo', 'packer')),
  attempt int NOT NULL CHECK (attempt >= 1),
  worker_id uuid NOT NULL REFERENCES build_workers (id),
  fence int NOT NULL CHECK (fence >= 1),
  state varchar(20) NOT NULL DEFAULT 'granted' CHECK (state IN ('granted', 'active', 'released', 'expired')),
  token_sha256 bytea UNIQUE CHECK (octet_length(token_sha256) = 32),
  granted_at timestamptz(3) NOT NULL,
  acknowledged_at timestamptz(3),
  expires_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3),
  ended_reason varchar(30) CHECK (ended_reason IN ('released', 'worker_lost', 'grant_unacknowledged')),
  UNIQUE (tenant_id, id),
  UNIQUE (build_id, attempt),
  UNIQUE (build_id, fence),
  FOREIGN KEY (tenant_id, build_id, build_method) REFERENCES builds (tenant_id, id, build_method),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id),
  CONSTRAINT leases_ended_when_over
    CHECK ((state IN ('released', 'expired')) = (ended_at IS NOT NULL AND ended_reason IS NOT NULL)),
  CONSTRAINT leases_token_when_acknowledged CHECK (state <> 'active' OR token_sha256 IS NOT NULL)
);
CREATE UNIQUE INDEX leases_one_valid_per_build ON leases (build_id) WHERE state IN ('granted', 'active');
CREATE INDEX leases_valid ON leases (tenant_id, project_id, build_method) WHERE state IN ('granted', 'active');
CREATE INDEX leases_expiry ON leases (expires_at) WHERE state IN ('granted', 'active');
CALL protect_tenant_table('leases');
CREATE POLICY resolved_by_owner ON leases FOR SELECT TO kiln_owner USING (true);

CREATE FUNCTION guard_lease() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF OLD.state IN ('released', 'expired') AND NEW.state <> OLD.state
     OR OLD.state = 'active' AND NEW.state = 'granted' THEN
    RAISE EXCEPTION 'lease % cannot move from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'KB001';
  END IF;
  IF NEW.fence <> OLD.fence OR NEW.attempt <> OLD.attempt OR NEW.build_id <> OLD.build_id THEN
    RAISE EXCEPTION 'lease % keeps its build, attempt and fence', OLD.id USING ERRCODE = 'KB001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_lease BEFORE UPDATE ON leases FOR EACH ROW EXECUTE FUNCTION guard_lease();

CREATE TABLE attempts (
  tenant_id uuid NOT NULL,
  build_id uuid NOT NULL,
  attempt int NOT NULL CHECK (attempt >= 1),
  lease_id uuid NOT NULL UNIQUE,
  worker_id uuid NOT NULL REFERENCES build_workers (id),
  fence int NOT NULL CHECK (fence >= 1),
  started_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3),
  ended_reason varchar(30) CHECK (ended_reason IN
    ('succeeded', 'failed', 'cancelled', 'worker_lost', 'grant_unacknowledged', 'run_lost')),
  outcome jsonb,
  log_chunks int NOT NULL DEFAULT 0 CHECK (log_chunks >= 0),
  log_lines int NOT NULL DEFAULT 0 CHECK (log_lines >= 0),
  log_bytes bigint NOT NULL DEFAULT 0 CHECK (log_bytes >= 0),
  log_sha256 char(64) CHECK (log_sha256 ~ '^[0-9a-f]{64}$'),
  log_sealed_at timestamptz(3),
  log_note text,
  PRIMARY KEY (build_id, attempt),
  UNIQUE (tenant_id, build_id, attempt),
  FOREIGN KEY (tenant_id, build_id) REFERENCES builds (tenant_id, id),
  FOREIGN KEY (tenant_id, lease_id) REFERENCES leases (tenant_id, id),
  CONSTRAINT attempts_reason_when_ended CHECK ((ended_at IS NULL) = (ended_reason IS NULL)),
  CONSTRAINT attempts_sealed_with_hash_or_note
    CHECK (log_sealed_at IS NULL OR log_sha256 IS NOT NULL OR log_note IS NOT NULL)
);
COMMENT ON COLUMN attempts.log_sha256 IS 'Over the bytes of all chunks in order; NULL when output was lost, then log_note says what.';
CALL protect_tenant_table('attempts');

CREATE TABLE control_plane_beats (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  instance varchar(200) NOT NULL,
  up_since timestamptz(3) NOT NULL,
  last_beat timestamptz(3) NOT NULL
);
COMMENT ON TABLE control_plane_beats IS 'One row: since when some api has answered without a gap. Leases expire only by such time.';

CREATE FUNCTION resolve_worker_token(sha256 bytea) RETURNS TABLE (worker_id uuid, worker_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT w.id, w.worker_name FROM public.worker_tokens t JOIN public.build_workers w ON w.id = t.worker_id
  WHERE t.token_sha256 = sha256 AND t.revoked_at IS NULL
$$;

CREATE FUNCTION resolve_lease_token(sha256 bytea)
RETURNS TABLE (lease_id uuid, tenant_id uuid, build_id uuid, attempt int, fence int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT l.id, l.tenant_id, l.build_id, l.attempt, l.fence FROM public.leases l WHERE l.token_sha256 = sha256
$$;

CREATE FUNCTION lease_tenant(lease uuid, worker uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT l.tenant_id FROM public.leases l WHERE l.id = lease AND l.worker_id = worker $$;

-- True when slots may have become usable: the worker was away, offers more, or offers other methods.
CREATE FUNCTION worker_heartbeat(worker uuid, slots int, offered text[], in_zone text, with_labels jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  before public.build_workers;
BEGIN
  SELECT * INTO before FROM public.build_workers w WHERE w.id = worker FOR UPDATE;
  IF NOT FOUND THEN RETURN NULL; END IF;
  UPDATE public.build_workers SET
    concurrent_builds_limit = slots, methods = offered, zone = in_zone, labels = with_labels,
    last_heartbeat = clock_timestamp(),
    status = CASE WHEN status = 'degraded' THEN status ELSE 'healthy' END
  WHERE id = worker;
  RETURN before.status = 'offline' OR slots > before.concurrent_builds_limit OR NOT offered <@ before.methods;
END $$;

REVOKE ALL ON FUNCTION resolve_worker_token(bytea), resolve_lease_token(bytea), lease_tenant(uuid, uuid),
  worker_heartbeat(uuid, int, text[], text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION resolve_worker_token(bytea), resolve_lease_token(bytea), lease_tenant(uuid, uuid),
  worker_heartbeat(uuid, int, text[], text, jsonb) TO kiln_api;

GRANT SELECT ON build_workers, build_concurrency_policies, leases, attempts TO kiln_api;
GRANT UPDATE (state, token_sha256, acknowledged_at, expires_at) ON leases TO kiln_api;
GRANT UPDATE (ended_at, ended_reason, outcome, log_chunks, log_lines, log_bytes, log_sha256, log_sealed_at, log_note)
  ON attempts TO kiln_api;
GRANT SELECT, INSERT, UPDATE ON control_plane_beats TO kiln_api;
GRANT SELECT ON control_plane_beats TO kiln_controller;
GRANT SELECT, INSERT, UPDATE, DELETE ON build_workers, worker_tokens, build_concurrency_policies TO kiln_controller;
GRANT SELECT, INSERT, UPDATE ON leases, attempts TO kiln_controller;
