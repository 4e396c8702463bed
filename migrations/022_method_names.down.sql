ALTER TABLE build_workers
  ADD CONSTRAINT build_workers_methods_check CHECK (methods <@ ARRAY['kaniko', 'buildx', 'container', 'paketo', 'packer']);
ALTER TABLE leases
  DROP CONSTRAINT leases_build_method_check,
  ADD CONSTRAINT leases_build_method_check CHECK (build_method IN ('kaniko', 'buildx', 'container', 'paketo', 'packer'));
ALTER TABLE build_configs
  DROP CONSTRAINT build_configs_build_method_check,
  ADD CONSTRAINT build_configs_build_method_check CHECK (build_method IN ('kaniko', 'buildx', 'container', 'paketo', 'packer'));
ALTER TABLE builds
  DROP CONSTRAINT builds_build_method_check,
  ADD CONSTRAINT builds_build_method_check CHECK (build_method IN ('kaniko', 'buildx', 'container', 'paketo', 'packer'));
