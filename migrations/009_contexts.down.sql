DROP FUNCTION tenants_with_contents_before(timestamptz);
DROP TABLE contents;
ALTER TABLE uploads DROP COLUMN entry_count;
COMMENT ON COLUMN uploads.sha256 IS NULL;
COMMENT ON COLUMN uploads.size_bytes IS NULL;
