-- An image that is built again without a change is signed by the key of that day too, and the key that signs is known before it has signed.
DROP INDEX attestations_of_image;
CREATE UNIQUE INDEX attestations_of_image ON attestations (project_id, subject_digest, kind, statement_sha256, key_id)
  WHERE kind <> 'provenance';

ALTER TABLE signing_keys ADD current_since timestamptz(3);
UPDATE signing_keys SET current_since = first_used_at;
ALTER TABLE signing_keys ALTER current_since SET NOT NULL;
COMMENT ON COLUMN signing_keys.first_used_at IS 'Since when this Kiln knows it.';
COMMENT ON COLUMN signing_keys.current_since IS 'Since when a controller signs by it; the newest one is current.';
GRANT UPDATE (current_since) ON signing_keys TO kiln_controller;
