-- What Kiln has signed of its builds and images, and the public halves of the keys by which it did.

CREATE TABLE installation (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  is_only boolean NOT NULL DEFAULT true UNIQUE CHECK (is_only)
);
COMMENT ON TABLE installation IS 'One row: who this Kiln is in provenance, unless its operator has said so.';
INSERT INTO installation DEFAULT VALUES;

CREATE TABLE signing_keys (
  key_id char(64) PRIMARY KEY CHECK (key_id ~ '^[0-9a-f]{64}$'),
  public_key text NOT NULL,
  first_used_at timestamptz(3) NOT NULL
);
COMMENT ON TABLE signing_keys IS 'Public keys, never removed: what they have signed can be verified after they were replaced.';

CREATE TABLE build_attestations (
  build_id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  state varchar(10) NOT NULL CHECK (state IN ('pending', 'attached', 'unsigned', 'failed')),
  reason text,
  requested_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3),
  FOREIGN KEY (tenant_id, build_id) REFERENCES builds (tenant_id, id),
  CHECK ((state = 'pending') = (ended_at IS NULL)),
  CHECK ((state IN ('unsigned', 'failed')) = (reason IS NOT NULL))
);
COMMENT ON TABLE build_attestations IS 'How far the provenance of a build that succeeded is: signed, and beside its image in every repository.';
CREATE INDEX build_attestations_pending ON build_attestations (requested_at) WHERE state = 'pending';
CALL protect_tenant_table('build_attestations');

CREATE TABLE attestations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  project_id uuid NOT NULL,
  build_id uuid NOT NULL,
  kind varchar(20) NOT NULL CHECK (kind IN ('provenance', 'cyclonedx', 'spdx', 'signature')),
  subject_digest varchar(100) NOT NULL,
  key_id char(64) NOT NULL REFERENCES signing_keys (key_id),
  builder_id varchar(500) NOT NULL,
  statement text,
  statement_sha256 char(64) NOT NULL CHECK (statement_sha256 ~ '^[0-9a-f]{64}$'),
  signature varchar(200) NOT NULL,
  signed_at timestamptz(3) NOT NULL,
  FOREIGN KEY (tenant_id, build_id) REFERENCES builds (tenant_id, id),
  CHECK ((kind = 'provenance') = (statement IS NOT NULL))
);
COMMENT ON TABLE attestations IS 'Written once, before it is sent to a registry: signing again gives other bytes. Provenance is a build''s; the rest a digest''s of a project.';
COMMENT ON COLUMN attestations.statement IS 'What was signed, byte for byte. NULL where it is made anew from what is kept elsewhere.';
COMMENT ON COLUMN attestations.signature IS 'In base64.';
CREATE UNIQUE INDEX attestations_of_build ON attestations (build_id) WHERE kind = 'provenance';
CREATE UNIQUE INDEX attestations_of_image ON attestations (project_id, subject_digest, kind, statement_sha256) WHERE kind <> 'provenance';
CREATE INDEX attestations_by_digest ON attestations (tenant_id, subject_digest);
CALL protect_tenant_table('attestations');

GRANT SELECT ON installation, signing_keys, build_attestations, attestations TO kiln_api;
GRANT SELECT, INSERT ON signing_keys, attestations TO kiln_controller;
GRANT SELECT ON installation TO kiln_controller;
GRANT SELECT, INSERT, UPDATE ON build_attestations TO kiln_controller;

ALTER TABLE outbox DROP CONSTRAINT outbox_message_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_message_check
  CHECK (message ->> 'kind' IN ('start_build', 'cancel_build', 'lease_granted', 'explore_image', 'gate_decided', 'attest_build'));
