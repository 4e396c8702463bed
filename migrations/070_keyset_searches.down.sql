CREATE INDEX image_packages_name_key ON image_packages (tenant_id, name_key);
CREATE INDEX image_packages_source_key ON image_packages (tenant_id, source_key) WHERE source_key IS NOT NULL;
ALTER TABLE image_packages DROP listed_at;
DROP STATISTICS builds_project_tenant;
