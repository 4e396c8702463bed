-- Builds by the state of their gate are listed in the order of all lists, the newest first, by an index.
ALTER TABLE build_gates ADD build_created_at timestamptz(3);
ALTER TABLE build_gates NO FORCE ROW LEVEL SECURITY;
ALTER TABLE builds NO FORCE ROW LEVEL SECURITY;
UPDATE build_gates g SET build_created_at = b.created_at FROM builds b WHERE b.id = g.build_id;
ALTER TABLE builds FORCE ROW LEVEL SECURITY;
ALTER TABLE build_gates FORCE ROW LEVEL SECURITY;
ALTER TABLE build_gates ALTER build_created_at SET NOT NULL;
DROP INDEX build_gates_status;
CREATE INDEX build_gates_status ON build_gates (tenant_id, gate_status, build_created_at DESC, build_id DESC);

-- How long looking into an image usually takes is told of the newest.
CREATE INDEX image_explorations_newest ON image_explorations (tenant_id, ended_at DESC) WHERE state = 'explored';
