DROP INDEX image_explorations_newest;
DROP INDEX build_gates_status;
CREATE INDEX build_gates_status ON build_gates (tenant_id, gate_status);
ALTER TABLE build_gates DROP build_created_at;
