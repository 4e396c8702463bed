REVOKE UPDATE (git_commit, branch, author, message) ON builds FROM kiln_api;

ALTER TABLE build_configs
  DROP CONSTRAINT build_configs_git_only,
  DROP CONSTRAINT build_configs_url_when_git,
  DROP CONSTRAINT build_configs_source_kind_check,
  DROP COLUMN git_depth,
  DROP COLUMN git_lfs,
  DROP COLUMN git_submodules,
  DROP COLUMN git_folder,
  DROP COLUMN git_ref,
  DROP COLUMN git_url;
-- Builds from git become builds without a context: the older schema knows no other kind.
UPDATE build_configs SET source_kind = 'inline' WHERE source_kind = 'git';
ALTER TABLE build_configs
  ADD CONSTRAINT build_configs_source_kind_check CHECK (source_kind IN ('upload', 'inline'));
