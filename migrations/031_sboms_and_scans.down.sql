ALTER TABLE build_gates
  DROP CONSTRAINT build_gates_refusal_has_code,
  DROP CONSTRAINT build_gates_gate_status_check,
  DROP CONSTRAINT build_gates_expiry_unless_passed;
ALTER TABLE build_gates NO FORCE ROW LEVEL SECURITY;
DELETE FROM build_gates WHERE gate_status = 'refused';
ALTER TABLE build_gates FORCE ROW LEVEL SECURITY;
ALTER TABLE build_gates
  DROP refusal_code,
  ADD CONSTRAINT build_gates_gate_status_check
    CHECK (gate_status IN ('passed', 'held', 'approved', 'rejected', 'expired', 'withdrawn')),
  ADD CONSTRAINT build_gates_expiry_unless_passed CHECK ((gate_status = 'passed') = (expires_at IS NULL));
ALTER TABLE build_configs NO FORCE ROW LEVEL SECURITY;
ALTER TABLE projects NO FORCE ROW LEVEL SECURITY;
UPDATE build_configs SET gate = gate - 'fail_on_severity' - 'hold_on_severity' WHERE gate IS NOT NULL;
UPDATE projects SET gate = gate - 'fail_on_severity' - 'hold_on_severity' WHERE gate IS NOT NULL;
ALTER TABLE projects FORCE ROW LEVEL SECURITY;
ALTER TABLE build_configs FORCE ROW LEVEL SECURITY;
ALTER TABLE image_metadata DROP vulnerabilities_critical;
DROP TABLE image_findings;
DROP TABLE image_scans;
DROP TABLE image_sboms;
ALTER TABLE image_explorations ADD packages jsonb;
COMMENT ON COLUMN image_explorations.packages IS 'What the package databases of the image name: [name, version] each. NULL without a database that can be read.';
ALTER TABLE image_explorations NO FORCE ROW LEVEL SECURITY;
ALTER TABLE image_package_lists NO FORCE ROW LEVEL SECURITY;
ALTER TABLE image_packages NO FORCE ROW LEVEL SECURITY;
UPDATE image_explorations e SET packages = (
  SELECT coalesce(jsonb_agg(jsonb_build_array(p.package_name, p.package_version) ORDER BY p.position), '[]') FROM image_packages p
  WHERE p.tenant_id = l.tenant_id AND p.manifest_digest = l.manifest_digest)
FROM image_package_lists l WHERE l.tenant_id = e.tenant_id AND l.manifest_digest = e.manifest_digest;
ALTER TABLE image_explorations FORCE ROW LEVEL SECURITY;
DROP TABLE image_packages;
DROP TABLE image_package_lists;
