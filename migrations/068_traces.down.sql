DROP TRIGGER owe_trace ON build_status_history;
DROP FUNCTION owe_trace();
DROP TABLE owed_traces;
REVOKE UPDATE (traces_wanted) ON installation FROM kiln_controller;
ALTER TABLE installation DROP traces_wanted;
ALTER TABLE build_triggers DROP traceparent, DROP requested_at;
