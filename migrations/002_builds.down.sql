DROP TABLE outbox, idempotency_keys, build_status_history, build_results, build_triggers, build_configs, builds;
DROP FUNCTION refuse_change();
DROP FUNCTION guard_build_result();
DROP FUNCTION guard_build();
DROP FUNCTION build_status_moves();
