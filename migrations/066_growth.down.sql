CREATE INDEX image_packages_name ON image_packages (tenant_id, lower(package_name) text_pattern_ops);
CREATE INDEX image_packages_source ON image_packages (tenant_id, lower(source_name) text_pattern_ops) WHERE source_name IS NOT NULL;
ALTER TABLE image_packages DROP name_key, DROP source_key;
DROP INDEX build_gates_status, image_tags_image, images_project_newest, images_newest;
CREATE INDEX builds_branch_ended ON builds (project_id, branch, created_at DESC, id DESC) WHERE status IN ('success', 'failed', 'cancelled');
DROP INDEX builds_project_status, builds_project_branch, builds_held, builds_commit, builds_method_newest, builds_status_newest, builds_branch_newest;
