-- Gates: a project may want its images approved before they are published.

ALTER TABLE projects ADD gate jsonb CHECK (jsonb_typeof(gate) = 'object');
COMMENT ON COLUMN projects.gate IS 'What an image has to pass before it is published; NULL lets every image pass.';
GRANT UPDATE (gate) ON projects TO kiln_api;

ALTER TABLE build_configs ADD gate jsonb CHECK (jsonb_typeof(gate) = 'object');
COMMENT ON COLUMN build_configs.gate IS 'The gate of the project as it was when the build was accepted.';

-- Who started a build, so that somebody else approves it.
ALTER TABLE api_tokens ADD UNIQUE (tenant_id, id);
GRANT SELECT (tenant_id, id, token_name) ON api_tokens TO kiln_api;
DROP FUNCTION resolve_api_token(bytea);
CREATE FUNCTION resolve_api_token(sha256 bytea) RETURNS TABLE (tenant_id uuid, user_id uuid, token_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT t.tenant_id, t.user_id, t.id FROM public.api_tokens t
  WHERE t.token_sha256 = sha256 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())
$$;
REVOKE ALL ON FUNCTION resolve_api_token(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION resolve_api_token(bytea) TO kiln_api, kiln_controller;

ALTER TABLE builds
  ADD started_by_token_id uuid,
  ADD held_at timestamptz(3),
  ADD FOREIGN KEY (tenant_id, started_by_token_id) REFERENCES api_tokens (tenant_id, id),
  ADD CONSTRAINT builds_held_in_queue CHECK (held_at IS NULL OR status = 'queued');
COMMENT ON COLUMN builds.held_at IS 'Since when its gate holds the build: it gets no lease before this is NULL again.';
GRANT UPDATE (held_at, queued_at) ON builds TO kiln_api;

DROP INDEX builds_queue;
CREATE INDEX builds_queue ON builds (tenant_id, project_id, build_method, dispatch_at, id)
  WHERE status = 'queued' AND cancel_requested_at IS NULL AND held_at IS NULL;

-- What the gate said of the image of a build, and what a person said then.
CREATE TABLE build_gates (
  build_id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  gate_status varchar(20) NOT NULL
    CHECK (gate_status IN ('passed', 'held', 'approved', 'rejected', 'expired', 'withdrawn')),
  manifest_digest varchar(100) NOT NULL,
  findings jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(findings) = 'array'),
  requested_at timestamptz(3) NOT NULL,
  expires_at timestamptz(3),
  decided_at timestamptz(3),
  decided_by_user_id uuid,
  decided_by_token_id uuid,
  why text,
  FOREIGN KEY (tenant_id, build_id) REFERENCES builds (tenant_id, id),
  FOREIGN KEY (tenant_id, decided_by_user_id) REFERENCES users (tenant_id, id),
  FOREIGN KEY (tenant_id, decided_by_token_id) REFERENCES api_tokens (tenant_id, id),
  CONSTRAINT build_gates_expiry_unless_passed CHECK ((gate_status = 'passed') = (expires_at IS NULL)),
  CONSTRAINT build_gates_decided_when_over CHECK ((gate_status = 'held') = (decided_at IS NULL))
);
COMMENT ON TABLE build_gates IS 'One row for each build that came to a gate. A decision is made once.';
COMMENT ON COLUMN build_gates.manifest_digest IS 'The staged image that was judged: no other one may pass.';
CREATE INDEX build_gates_held ON build_gates (tenant_id, requested_at) WHERE gate_status = 'held';
CALL protect_tenant_table('build_gates');
GRANT SELECT ON build_gates TO kiln_api;
GRANT UPDATE (gate_status, decided_at, decided_by_user_id, decided_by_token_id, why) ON build_gates TO kiln_api;
GRANT SELECT, INSERT, UPDATE ON build_gates TO kiln_controller;

CREATE FUNCTION guard_gate() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF OLD.gate_status <> 'held' AND NEW.gate_status <> OLD.gate_status THEN
    RAISE EXCEPTION 'the gate of build % was decided: % stays', OLD.build_id, OLD.gate_status USING ERRCODE = 'KB001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_gate BEFORE UPDATE ON build_gates FOR EACH ROW EXECUTE FUNCTION guard_gate();

ALTER TABLE attempts
  DROP CONSTRAINT attempts_ended_reason_check,
  ADD CONSTRAINT attempts_ended_reason_check CHECK (ended_reason IN
    ('succeeded', 'failed', 'cancelled', 'worker_lost', 'grant_unacknowledged', 'run_lost', 'held'));

ALTER TABLE outbox
  DROP CONSTRAINT outbox_message_check,
  ADD CONSTRAINT outbox_message_check
    CHECK (message ->> 'kind' IN ('start_build', 'cancel_build', 'lease_granted', 'explore_image', 'gate_decided'));
