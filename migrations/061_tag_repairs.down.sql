DELETE FROM tag_moves WHERE manifest_digest IS NULL;
ALTER TABLE tag_moves ALTER manifest_digest SET NOT NULL, DROP finding;
COMMENT ON COLUMN tag_moves.manifest_digest IS NULL;
