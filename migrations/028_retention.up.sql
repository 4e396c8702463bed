-- Retention: which images of a project are removed from its registries, and what was.

ALTER TABLE projects ADD retention jsonb CHECK (jsonb_typeof(retention) = 'object');
COMMENT ON COLUMN projects.retention IS 'Which published images are removed; NULL removes none.';
GRANT UPDATE (retention) ON projects TO kiln_api;

ALTER TABLE images ADD deleted_at timestamptz(3);
COMMENT ON COLUMN images.deleted_at IS 'Since when no repository of the project has it any more; NULL again when a build publishes it anew.';
CREATE INDEX images_digest ON images (manifest_digest);
CREATE INDEX images_not_deleted ON images (project_id) WHERE deleted_at IS NULL;
CREATE INDEX builds_image ON builds (image_id) WHERE image_id IS NOT NULL;
CREATE INDEX builds_staging_kept ON builds (staging_kept_until) WHERE staging_kept_until IS NOT NULL;
GRANT DELETE ON image_tags TO kiln_controller;
GRANT SELECT ON tag_moves TO kiln_api;

CREATE TABLE image_prunes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  project_id uuid NOT NULL,
  prune_trigger varchar(20) NOT NULL CHECK (prune_trigger IN ('manual', 'schedule')),
  requested_by_user_id uuid,
  requested_at timestamptz(3) NOT NULL DEFAULT now(),
  completed_at timestamptz(3),
  removed jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(removed) = 'array'),
  kept jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(kept) = 'array'),
  troubles jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(troubles) = 'array'),
  UNIQUE (tenant_id, id),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id),
  FOREIGN KEY (tenant_id, requested_by_user_id) REFERENCES users (tenant_id, id)
);
COMMENT ON COLUMN image_prunes.kept IS 'What the policy would remove and the registry shows to be in use.';
COMMENT ON COLUMN image_prunes.troubles IS 'Repositories that could not be worked on, with why.';
CREATE UNIQUE INDEX image_prunes_open ON image_prunes (project_id) WHERE completed_at IS NULL;
CALL protect_tenant_table('image_prunes');
GRANT SELECT, INSERT ON image_prunes TO kiln_api;
GRANT SELECT, INSERT, UPDATE ON image_prunes TO kiln_controller;

CREATE TABLE image_removals (
  tenant_id uuid NOT NULL,
  image_id uuid NOT NULL,
  repository varchar(512) NOT NULL,
  prune_id uuid NOT NULL,
  removed_at timestamptz(3) NOT NULL,
  PRIMARY KEY (image_id, repository),
  FOREIGN KEY (tenant_id, image_id) REFERENCES images (tenant_id, id),
  FOREIGN KEY (tenant_id, prune_id) REFERENCES image_prunes (tenant_id, id)
);
COMMENT ON TABLE image_removals IS 'From which repositories an image was removed; void for an image that was published after that.';
CALL protect_tenant_table('image_removals');
GRANT SELECT ON image_removals TO kiln_api;
GRANT SELECT, INSERT, UPDATE ON image_removals TO kiln_controller;
