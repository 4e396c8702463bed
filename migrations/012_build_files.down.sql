REVOKE UPDATE (destinations) ON builds FROM kiln_api;
REVOKE UPDATE (dockerfile, build_context, cache_enabled, cache_repo, platforms, cache_from, cache_to, target_stage, builder, buildpacks,
  packer_template, build_args, environment, secrets, metadata, build_timeout_milliseconds, setting_layers) ON build_configs FROM kiln_api;
ALTER TABLE build_configs DROP COLUMN setting_layers, DROP COLUMN build_file;
ALTER TABLE projects DROP COLUMN defaults;
