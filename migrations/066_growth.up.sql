-- Lists of a tenant or a project by one filter come from an index in their order, however many builds there are.
CREATE INDEX builds_branch_newest ON builds (tenant_id, branch, created_at DESC, id DESC);
CREATE INDEX builds_status_newest ON builds (tenant_id, status, created_at DESC, id DESC);
CREATE INDEX builds_method_newest ON builds (tenant_id, build_method, created_at DESC, id DESC);
CREATE INDEX builds_commit ON builds (tenant_id, git_commit COLLATE "C") WHERE git_commit IS NOT NULL;
CREATE INDEX builds_held ON builds (tenant_id, created_at DESC, id DESC) WHERE held_at IS NOT NULL;
CREATE INDEX builds_project_branch ON builds (project_id, branch, created_at DESC, id DESC);
CREATE INDEX builds_project_status ON builds (project_id, status, created_at DESC, id DESC);
-- The same without the few builds that have not ended.
DROP INDEX builds_branch_ended;

CREATE INDEX images_newest ON images (tenant_id, last_built_at DESC, id DESC);
CREATE INDEX images_project_newest ON images (project_id, last_built_at DESC, id DESC);
CREATE INDEX image_tags_image ON image_tags (image_id) WHERE image_id IS NOT NULL;
CREATE INDEX build_gates_status ON build_gates (tenant_id, gate_status);

-- Under row-level security no index is used for conditions with lower() or LIKE, which could tell of rows of other tenants; comparisons of columns cannot.
ALTER TABLE image_packages
  ADD name_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(package_name)) STORED,
  ADD source_key text COLLATE "C" GENERATED ALWAYS AS (lower(source_name)) STORED;
COMMENT ON COLUMN image_packages.name_key IS 'What the name is looked for by.';
CREATE INDEX image_packages_name_key ON image_packages (tenant_id, name_key);
CREATE INDEX image_packages_source_key ON image_packages (tenant_id, source_key) WHERE source_key IS NOT NULL;
DROP INDEX image_packages_name, image_packages_source;
