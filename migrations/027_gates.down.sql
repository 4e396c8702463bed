-- Kiln without gates would publish what is held.
UPDATE builds SET cancel_requested_at = clock_timestamp() WHERE held_at IS NOT NULL AND cancel_requested_at IS NULL;
DELETE FROM outbox WHERE message ->> 'kind' = 'gate_decided';
ALTER TABLE outbox
  DROP CONSTRAINT outbox_message_check,
  ADD CONSTRAINT outbox_message_check CHECK (message ->> 'kind' IN ('start_build', 'cancel_build', 'lease_granted', 'explore_image'));
UPDATE attempts SET ended_reason = 'succeeded' WHERE ended_reason = 'held';
ALTER TABLE attempts
  DROP CONSTRAINT attempts_ended_reason_check,
  ADD CONSTRAINT attempts_ended_reason_check CHECK (ended_reason IN
    ('succeeded', 'failed', 'cancelled', 'worker_lost', 'grant_unacknowledged', 'run_lost'));
DROP TABLE build_gates;
DROP FUNCTION guard_gate();
DROP INDEX builds_queue;
CREATE INDEX builds_queue ON builds (tenant_id, project_id, build_method, dispatch_at, id)
  WHERE status = 'queued' AND cancel_requested_at IS NULL;
REVOKE UPDATE (held_at, queued_at) ON builds FROM kiln_api;
ALTER TABLE builds
  DROP CONSTRAINT builds_held_in_queue,
  DROP COLUMN held_at,
  DROP COLUMN started_by_token_id;
DROP FUNCTION resolve_api_token(bytea);
CREATE FUNCTION resolve_api_token(sha256 bytea) RETURNS TABLE (tenant_id uuid, user_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT t.tenant_id, t.user_id FROM public.api_tokens t
  WHERE t.token_sha256 = sha256 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())
$$;
REVOKE ALL ON FUNCTION resolve_api_token(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION resolve_api_token(bytea) TO kiln_api, kiln_controller;
REVOKE SELECT (tenant_id, id, token_name) ON api_tokens FROM kiln_api;
ALTER TABLE api_tokens DROP CONSTRAINT api_tokens_tenant_id_id_key;
ALTER TABLE build_configs DROP COLUMN gate;
REVOKE UPDATE (gate) ON projects FROM kiln_api;
ALTER TABLE projects DROP COLUMN gate;
