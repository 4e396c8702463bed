-- Packages are searched by name without regard to upper and lower case. Provenance is no artifact: it lies with the attestations. A gate that
-- needs a scan is refused where none can be made.

DROP INDEX image_packages_name;
DROP INDEX image_packages_source;
CREATE INDEX image_packages_name ON image_packages (tenant_id, lower(package_name) text_pattern_ops);
CREATE INDEX image_packages_source ON image_packages (tenant_id, lower(source_name) text_pattern_ops) WHERE source_name IS NOT NULL;

ALTER TABLE build_artifacts DROP CONSTRAINT build_artifacts_artifact_type_check,
  ADD CONSTRAINT build_artifacts_artifact_type_check CHECK (artifact_type IN
    ('docker_image', 'sbom', 'security_scan', 'test_report', 'build_log', 'build_output'));

ALTER TABLE installation ADD scan_trouble text;
COMMENT ON COLUMN installation.scan_trouble IS 'Why no image can be scanned, as the controller has found last; NULL: it can, or nobody has looked.';
GRANT UPDATE (scan_trouble) ON installation TO kiln_controller;
