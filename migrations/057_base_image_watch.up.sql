-- The base image watch: builds that start because a tag that they stand on points at another image now.

ALTER TABLE projects ADD base_image_watch jsonb CHECK (jsonb_typeof(base_image_watch) = 'object');
COMMENT ON COLUMN projects.base_image_watch IS 'NULL where nothing is watched.';
GRANT UPDATE (base_image_watch) ON projects TO kiln_api;

ALTER TABLE build_base_images ADD is_pinned boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN build_base_images.is_pinned IS 'Whether the source names it by this digest, so that it does not move with its tag.';

CREATE INDEX builds_succeeded ON builds (project_id, completed_at DESC, build_number DESC) WHERE status = 'success';

CREATE TABLE watched_images (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  reference varchar(700) NOT NULL,
  digest varchar(100),
  checked_at timestamptz(3) NOT NULL,
  not_before timestamptz(3),
  trouble text,
  PRIMARY KEY (tenant_id, reference)
);
COMMENT ON TABLE watched_images IS 'What registries have said last of the tags that watched projects stand on. Which these are, follows from the records of builds.';
COMMENT ON COLUMN watched_images.digest IS 'NULL as long as the registry has told none.';
COMMENT ON COLUMN watched_images.not_before IS 'Until when the registry has asked to be left alone.';
COMMENT ON COLUMN watched_images.trouble IS 'Why the last look told nothing.';
CALL protect_tenant_table('watched_images');

CREATE TABLE base_image_moves (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  reference varchar(700) NOT NULL,
  from_digest varchar(100) NOT NULL,
  to_digest varchar(100) NOT NULL,
  move_status varchar(20) NOT NULL DEFAULT 'open' CHECK (move_status IN ('open', 'stopped', 'done', 'superseded')),
  reason text,
  seen_at timestamptz(3) NOT NULL,
  resumed_at timestamptz(3),
  UNIQUE (tenant_id, id),
  FOREIGN KEY (tenant_id) REFERENCES tenants (id),
  CONSTRAINT base_image_moves_reason CHECK (move_status NOT IN ('stopped', 'superseded') OR reason IS NOT NULL)
);
COMMENT ON TABLE base_image_moves IS 'Tags that point at another image than the builds that stand on them have recorded.';
COMMENT ON COLUMN base_image_moves.resumed_at IS 'Failures before it do not stop the move again.';
CREATE UNIQUE INDEX base_image_moves_live ON base_image_moves (tenant_id, reference) WHERE move_status IN ('open', 'stopped');
CREATE INDEX base_image_moves_newest ON base_image_moves (tenant_id, reference, seen_at);
CALL protect_tenant_table('base_image_moves');

CREATE TABLE base_image_rebuilds (
  tenant_id uuid NOT NULL,
  move_id uuid NOT NULL,
  project_id uuid NOT NULL,
  position int NOT NULL CHECK (position >= 1),
  from_build_id uuid NOT NULL,
  batch_id uuid,
  build_id uuid,
  reason text,
  is_skipped boolean NOT NULL DEFAULT false,
  ask_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (move_id, project_id),
  FOREIGN KEY (tenant_id, move_id) REFERENCES base_image_moves (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id),
  FOREIGN KEY (tenant_id, from_build_id) REFERENCES builds (tenant_id, id),
  FOREIGN KEY (tenant_id, build_id) REFERENCES builds (tenant_id, id),
  CONSTRAINT base_image_rebuilds_begun CHECK (build_id IS NULL OR batch_id IS NOT NULL),
  CONSTRAINT base_image_rebuilds_skipped CHECK (NOT is_skipped OR (build_id IS NULL AND reason IS NOT NULL))
);
COMMENT ON TABLE base_image_rebuilds IS 'The projects that a move is about. How far one is, its build says.';
COMMENT ON COLUMN base_image_rebuilds.position IS 'The first one that is not skipped is the canary.';
COMMENT ON COLUMN base_image_rebuilds.from_build_id IS 'The build whose source is built again.';
COMMENT ON COLUMN base_image_rebuilds.batch_id IS 'Rows of one project that one build is for. Chosen before the build is accepted, under a key of it.';
COMMENT ON COLUMN base_image_rebuilds.ask_at IS 'A build that could not be accepted is asked for again then.';
CREATE INDEX base_image_rebuilds_build ON base_image_rebuilds (build_id) WHERE build_id IS NOT NULL;
CREATE INDEX base_image_rebuilds_project ON base_image_rebuilds (project_id);
CALL protect_tenant_table('base_image_rebuilds');

GRANT SELECT ON watched_images, base_image_moves, base_image_rebuilds TO kiln_api;
GRANT UPDATE (move_status, reason, resumed_at) ON base_image_moves TO kiln_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON watched_images, base_image_moves, base_image_rebuilds TO kiln_controller;
