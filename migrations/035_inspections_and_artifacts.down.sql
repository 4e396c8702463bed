REVOKE UPDATE (scan_trouble) ON installation FROM kiln_controller;
ALTER TABLE installation DROP scan_trouble;

ALTER TABLE build_artifacts DROP CONSTRAINT build_artifacts_artifact_type_check,
  ADD CONSTRAINT build_artifacts_artifact_type_check CHECK (artifact_type IN
    ('docker_image', 'sbom', 'security_scan', 'test_report', 'build_log', 'build_output', 'provenance'));

DROP INDEX image_packages_name;
DROP INDEX image_packages_source;
CREATE INDEX image_packages_name ON image_packages (tenant_id, package_name varchar_pattern_ops);
CREATE INDEX image_packages_source ON image_packages (tenant_id, source_name varchar_pattern_ops) WHERE source_name IS NOT NULL;
