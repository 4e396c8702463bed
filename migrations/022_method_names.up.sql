-- The build methods are listed once, in src/engines/index.ts; the database only asks that a name looks like one.

ALTER TABLE builds
  DROP CONSTRAINT builds_build_method_check,
  ADD CONSTRAINT builds_build_method_check CHECK (build_method ~ '^[a-z][a-z0-9_]*$');
ALTER TABLE build_configs
  DROP CONSTRAINT build_configs_build_method_check,
  ADD CONSTRAINT build_configs_build_method_check CHECK (build_method ~ '^[a-z][a-z0-9_]*$');
ALTER TABLE leases
  DROP CONSTRAINT leases_build_method_check,
  ADD CONSTRAINT leases_build_method_check CHECK (build_method ~ '^[a-z][a-z0-9_]*$');
ALTER TABLE build_workers DROP CONSTRAINT build_workers_methods_check;
