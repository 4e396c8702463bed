-- What decides how a build is made: the request, the build file of its source, the defaults of its project.

ALTER TABLE projects ADD defaults jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(defaults) = 'object');
COMMENT ON COLUMN projects.defaults IS 'What builds use where neither request nor build file says otherwise; the fields of a build file.';
GRANT UPDATE (defaults) ON projects TO kiln_api;

ALTER TABLE build_configs
  ADD build_file varchar(1024),
  ADD setting_layers jsonb CHECK (jsonb_typeof(setting_layers) = 'object');
COMMENT ON COLUMN build_configs.build_file IS 'Name of the build file; of a git source the path that was asked for, NULL for kiln.yaml.';
COMMENT ON COLUMN build_configs.setting_layers IS 'What request, build_file and project said; the other columns hold what came out of it.';

-- The build file of a git source is read when the source has been fetched.
GRANT UPDATE (dockerfile, build_context, cache_enabled, cache_repo, platforms, cache_from, cache_to, target_stage, builder, buildpacks,
  packer_template, build_args, environment, secrets, metadata, build_timeout_milliseconds, setting_layers) ON build_configs TO kiln_api;
GRANT UPDATE (destinations) ON builds TO kiln_api;
