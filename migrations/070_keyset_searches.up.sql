-- A project is of one tenant: without that a planner takes the builds of a project, which it asks for with their tenant, for few, and reads all of them to sort them.
CREATE STATISTICS builds_project_tenant (dependencies) ON project_id, tenant_id FROM builds;
ANALYZE builds;

-- A search for packages stops after a page: they are in the order of the list, by name and then the newest lists first.
ALTER TABLE image_packages ADD listed_at timestamptz(3) NOT NULL DEFAULT now();
COMMENT ON COLUMN image_packages.listed_at IS 'When the packages of the manifest were written down.';
ALTER TABLE images NO FORCE ROW LEVEL SECURITY;
ALTER TABLE image_packages NO FORCE ROW LEVEL SECURITY;
UPDATE image_packages p SET listed_at = i.created_at
  FROM (SELECT tenant_id, manifest_digest, min(created_at) AS created_at FROM images GROUP BY 1, 2) i
  WHERE i.tenant_id = p.tenant_id AND i.manifest_digest = p.manifest_digest;
ALTER TABLE image_packages FORCE ROW LEVEL SECURITY;
ALTER TABLE images FORCE ROW LEVEL SECURITY;
CREATE INDEX image_packages_name_newest ON image_packages (tenant_id, name_key, listed_at DESC);
CREATE INDEX image_packages_source_newest ON image_packages (tenant_id, source_key, listed_at DESC) WHERE source_key IS NOT NULL;
DROP INDEX image_packages_name_key, image_packages_source_key;
