-- What is in layers and images: read once for each (tenant, layer digest), put together once for each (tenant, manifest digest). And what
-- the images of FROM were when a build used them.

CREATE TABLE layer_explorations (
  tenant_id uuid NOT NULL,
  layer_digest varchar(100) NOT NULL,
  failure_reason text,
  note text,
  unpacked_size_bytes bigint CHECK (unpacked_size_bytes >= 0),
  entry_count int CHECK (entry_count >= 0),
  file_list bytea,
  package_databases jsonb,
  explored_at timestamptz(3) NOT NULL,
  PRIMARY KEY (tenant_id, layer_digest),
  FOREIGN KEY (tenant_id, layer_digest) REFERENCES layer_usage (tenant_id, layer_digest) ON DELETE CASCADE,
  CHECK ((failure_reason IS NULL) = (unpacked_size_bytes IS NOT NULL AND entry_count IS NOT NULL AND file_list IS NOT NULL))
);
COMMENT ON TABLE layer_explorations IS 'The entries of a layer, written once. A layer that cannot be read has a reason and no list.';
COMMENT ON COLUMN layer_explorations.file_list IS 'One line for each entry, compressed with gzip.';
COMMENT ON COLUMN layer_explorations.note IS 'What was left out of the list, in words; NULL when it is whole.';
ALTER TABLE layer_explorations ALTER file_list SET STORAGE EXTERNAL;
CALL protect_tenant_table('layer_explorations');

CREATE TABLE image_explorations (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  manifest_digest varchar(100) NOT NULL,
  state varchar(10) NOT NULL CHECK (state IN ('pending', 'explored', 'failed')),
  failure_reason text,
  is_retryable boolean NOT NULL DEFAULT false CHECK (NOT is_retryable OR state = 'failed'),
  note text,
  requested_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3),
  unpacked_size_bytes bigint CHECK (unpacked_size_bytes >= 0),
  file_size_bytes bigint CHECK (file_size_bytes >= 0),
  wasted_bytes bigint CHECK (wasted_bytes >= 0),
  packages jsonb,
  PRIMARY KEY (tenant_id, manifest_digest),
  CHECK ((state = 'pending') = (ended_at IS NULL)),
  CHECK ((state = 'failed') = (failure_reason IS NOT NULL))
);
COMMENT ON COLUMN image_explorations.is_retryable IS 'The image could not be fetched: a later build of it tries again.';
COMMENT ON COLUMN image_explorations.wasted_bytes IS 'Bytes of files that a later layer replaces or removes.';
COMMENT ON COLUMN image_explorations.packages IS 'What the package databases of the image name: [name, version] each. NULL without a database that can be read.';
CALL protect_tenant_table('image_explorations');

CREATE TABLE explored_layers (
  tenant_id uuid NOT NULL,
  manifest_digest varchar(100) NOT NULL,
  layer_number int NOT NULL CHECK (layer_number >= 1),
  files_added int NOT NULL CHECK (files_added >= 0),
  files_changed int NOT NULL CHECK (files_changed >= 0),
  files_removed int NOT NULL CHECK (files_removed >= 0),
  file_size_bytes bigint NOT NULL CHECK (file_size_bytes >= 0),
  wasted_bytes bigint NOT NULL CHECK (wasted_bytes >= 0),
  PRIMARY KEY (tenant_id, manifest_digest, layer_number),
  FOREIGN KEY (tenant_id, manifest_digest) REFERENCES image_explorations (tenant_id, manifest_digest) ON DELETE CASCADE
);
COMMENT ON TABLE explored_layers IS 'What each layer does to the layers below it, in one image.';
COMMENT ON COLUMN explored_layers.wasted_bytes IS 'Of the files of this layer, those that a later one replaces or removes.';
CALL protect_tenant_table('explored_layers');

CREATE TABLE build_base_images (
  tenant_id uuid NOT NULL,
  build_id uuid NOT NULL,
  position int NOT NULL CHECK (position >= 1),
  reference varchar(700) NOT NULL,
  digest varchar(100),
  is_base boolean NOT NULL,
  PRIMARY KEY (build_id, position),
  FOREIGN KEY (tenant_id, build_id) REFERENCES builds (tenant_id, id)
);
COMMENT ON TABLE build_base_images IS 'The images that a build was made from, and the digests that their names stood for. The image itself stands on the one that is_base says.';
COMMENT ON COLUMN build_base_images.digest IS 'NULL where neither builder nor registry could tell.';
CALL protect_tenant_table('build_base_images');

ALTER TABLE image_layers ADD base_image_digest varchar(100);

GRANT SELECT ON layer_explorations, image_explorations, explored_layers, build_base_images TO kiln_api;
GRANT SELECT, INSERT, UPDATE ON layer_explorations, image_explorations, explored_layers, build_base_images TO kiln_controller;

ALTER TABLE outbox DROP CONSTRAINT outbox_message_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_message_check
  CHECK (message ->> 'kind' IN ('start_build', 'cancel_build', 'lease_granted', 'explore_image'));
