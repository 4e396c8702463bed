ALTER TABLE attestations DROP COLUMN envelope_sha256, DROP COLUMN envelope_size_bytes;
