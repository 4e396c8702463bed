-- What lies beside an image in registries is an envelope; known by its digest, it is found there however much else lies beside the image.
ALTER TABLE attestations ADD envelope_sha256 char(64) CHECK (envelope_sha256 ~ '^[0-9a-f]{64}$'),
  ADD envelope_size_bytes integer CHECK (envelope_size_bytes > 0),
  ADD CHECK ((envelope_sha256 IS NULL) = (envelope_size_bytes IS NULL));
COMMENT ON COLUMN attestations.envelope_sha256 IS 'Of the envelope as registries have it; NULL of a signature, and of what was signed before this was kept.';
