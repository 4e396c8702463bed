-- What builds made: one image per (project, manifest digest), tags apart, layers counted once per (tenant, digest).

CREATE TABLE images (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  project_id uuid NOT NULL,
  manifest_digest varchar(100) NOT NULL,
  image_repository varchar(512) NOT NULL,
  first_build_id uuid NOT NULL,
  last_build_id uuid NOT NULL,
  created_at timestamptz(3) NOT NULL,
  last_built_at timestamptz(3) NOT NULL,
  UNIQUE (tenant_id, id),
  UNIQUE (project_id, manifest_digest),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id),
  FOREIGN KEY (tenant_id, first_build_id) REFERENCES builds (tenant_id, id),
  FOREIGN KEY (tenant_id, last_build_id) REFERENCES builds (tenant_id, id)
);
CALL protect_tenant_table('images');
ALTER TABLE builds ADD CONSTRAINT builds_image_fkey FOREIGN KEY (tenant_id, image_id) REFERENCES images (tenant_id, id);
ALTER TABLE build_results ADD CONSTRAINT build_results_image_fkey
  FOREIGN KEY (tenant_id, output_image_id) REFERENCES images (tenant_id, id);

CREATE TABLE image_tags (
  tenant_id uuid NOT NULL,
  repository varchar(512) NOT NULL,
  tag varchar(128) NOT NULL,
  manifest_digest varchar(100) NOT NULL,
  build_id uuid NOT NULL,
  image_id uuid,
  moved_at timestamptz(3) NOT NULL,
  PRIMARY KEY (tenant_id, repository, tag),
  FOREIGN KEY (tenant_id, build_id) REFERENCES builds (tenant_id, id),
  FOREIGN KEY (tenant_id, image_id) REFERENCES images (tenant_id, id)
);
COMMENT ON TABLE image_tags IS 'Where each tag was last pointed; image_id is set when that build is recorded.';
CALL protect_tenant_table('image_tags');

CREATE TABLE image_metadata (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  image_id uuid NOT NULL UNIQUE,
  docker_config_digest varchar(100) NOT NULL,
  docker_manifest_digest varchar(100) NOT NULL,
  manifest_media_type varchar(200),
  platform varchar(100),
  total_layer_count int NOT NULL,
  compressed_size_bytes bigint NOT NULL,
  uncompressed_size_bytes bigint,
  packages_count int,
  vulnerabilities_high int,
  vulnerabilities_med int,
  vulnerabilities_low int,
  entrypoint jsonb,
  cmd jsonb,
  env_vars jsonb,
  working_dir jsonb,
  last_scanned_at timestamptz(3),
  scan_tool varchar(100),
  FOREIGN KEY (tenant_id, image_id) REFERENCES images (tenant_id, id)
);
CALL protect_tenant_table('image_metadata');

CREATE TABLE layer_usage (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  layer_digest varchar(100) NOT NULL,
  used_in_builds_count int NOT NULL CHECK (used_in_builds_count >= 1),
  last_used_in_build_at timestamptz(3) NOT NULL,
  PRIMARY KEY (tenant_id, layer_digest)
);
CALL protect_tenant_table('layer_usage');

CREATE TABLE image_layers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  image_id uuid NOT NULL,
  layer_number int NOT NULL CHECK (layer_number >= 1),
  layer_digest varchar(100) NOT NULL,
  layer_size_bytes bigint NOT NULL CHECK (layer_size_bytes >= 0),
  media_type varchar(200),
  is_base_layer boolean,
  base_image_name varchar(512),
  base_image_tag varchar(128),
  created_by text,
  step_number int,
  UNIQUE (image_id, layer_number),
  FOREIGN KEY (tenant_id, image_id) REFERENCES images (tenant_id, id),
  FOREIGN KEY (tenant_id, layer_digest) REFERENCES layer_usage (tenant_id, layer_digest)
);
COMMENT ON TABLE image_layers IS 'used_in_builds_count and last_used_in_build_at live in layer_usage.';
CALL protect_tenant_table('image_layers');

GRANT SELECT ON images, image_tags, image_metadata, image_layers, layer_usage TO kiln_api;
GRANT SELECT, INSERT, UPDATE ON images, image_tags, image_metadata, image_layers, layer_usage TO kiln_controller;
