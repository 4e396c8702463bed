-- A build's source may be a git repository. What was built from it is recorded once, by the first attempt that fetched it.

ALTER TABLE build_configs
  DROP CONSTRAINT build_configs_source_kind_check,
  ADD CONSTRAINT build_configs_source_kind_check CHECK (source_kind IN ('upload', 'inline', 'git')),
  ADD COLUMN git_url varchar(2048),
  ADD COLUMN git_ref varchar(255),
  ADD COLUMN git_folder varchar(1024),
  ADD COLUMN git_submodules boolean,
  ADD COLUMN git_lfs boolean,
  ADD COLUMN git_depth int CHECK (git_depth >= 0),
  ADD CONSTRAINT build_configs_url_when_git CHECK ((source_kind = 'git') = (git_url IS NOT NULL)),
  ADD CONSTRAINT build_configs_git_only CHECK (source_kind = 'git'
    OR (git_ref IS NULL AND git_folder IS NULL AND git_submodules IS NULL AND git_lfs IS NULL AND git_depth IS NULL));
COMMENT ON COLUMN build_configs.git_url IS 'Never holds credentials.';
COMMENT ON COLUMN build_configs.git_depth IS 'Commits of history that stay in the context; 0 for all, NULL for no .git at all.';

GRANT UPDATE (git_commit, branch, author, message) ON builds TO kiln_api;
