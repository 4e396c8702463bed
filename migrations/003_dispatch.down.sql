DROP FUNCTION worker_heartbeat(uuid, int, text[], text, jsonb);
DROP FUNCTION lease_tenant(uuid, uuid);
DROP FUNCTION resolve_lease_token(bytea);
DROP FUNCTION resolve_worker_token(bytea);
DROP TABLE control_plane_beats, attempts, leases, build_concurrency_policies, worker_tokens, build_workers;
DROP FUNCTION guard_lease();
DROP FUNCTION guard_worker();
