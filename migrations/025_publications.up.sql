-- How far the copying of a build's image to each of its repositories is: written by its host while it copies, rarely and under its fence.

CREATE TABLE publications (
  tenant_id uuid NOT NULL,
  build_id uuid NOT NULL,
  repository varchar(512) NOT NULL,
  manifest_digest varchar(100) NOT NULL,
  status varchar(20) NOT NULL CHECK (status IN ('copying', 'waiting', 'copied', 'given_up')),
  attempt int NOT NULL,
  try_number int NOT NULL CHECK (try_number >= 1),
  total_blobs int NOT NULL CHECK (total_blobs >= 0),
  mounted_blobs int NOT NULL CHECK (mounted_blobs >= 0),
  existing_blobs int NOT NULL CHECK (existing_blobs >= 0),
  uploaded_blobs int NOT NULL CHECK (uploaded_blobs >= 0),
  uploaded_before int NOT NULL DEFAULT 0 CHECK (uploaded_before >= 0),
  total_bytes bigint NOT NULL CHECK (total_bytes >= 0),
  spared_bytes bigint NOT NULL CHECK (spared_bytes >= 0),
  sent_bytes bigint NOT NULL CHECK (sent_bytes >= 0),
  sent_before bigint NOT NULL DEFAULT 0 CHECK (sent_before >= 0),
  waiting_reason text,
  started_at timestamptz(3) NOT NULL,
  completed_at timestamptz(3),
  PRIMARY KEY (build_id, repository),
  FOREIGN KEY (tenant_id, build_id, attempt) REFERENCES attempts (tenant_id, build_id, attempt),
  CONSTRAINT publications_completed_when_over CHECK ((status IN ('copied', 'given_up')) = (completed_at IS NOT NULL)),
  CONSTRAINT publications_reason_when_waiting CHECK ((status = 'waiting') = (waiting_reason IS NOT NULL))
);
COMMENT ON TABLE publications IS 'Counts are of the try; what earlier tries sent is added up in uploaded_before and sent_before.';
CALL protect_tenant_table('publications');
GRANT SELECT, INSERT, UPDATE ON publications TO kiln_api;
GRANT SELECT, UPDATE ON publications TO kiln_controller;

-- A move of a tag that has begun and was not noted as done: its mover died, or was held up and may still do it.
CREATE TABLE tag_moves (
  mover_id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  build_id uuid NOT NULL,
  repository varchar(512) NOT NULL,
  tag varchar(128) NOT NULL,
  manifest_digest varchar(100) NOT NULL,
  began_at timestamptz(3) NOT NULL,
  checked_at timestamptz(3),
  PRIMARY KEY (mover_id, build_id, repository, tag),
  FOREIGN KEY (tenant_id, build_id) REFERENCES builds (tenant_id, id)
);
CALL protect_tenant_table('tag_moves');
GRANT SELECT, INSERT, UPDATE, DELETE ON tag_moves TO kiln_controller;
