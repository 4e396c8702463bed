-- Uploads of blobs that a copy has left open, so that the next try goes on with them instead of sending everything again.

ALTER TABLE publications ADD open_uploads jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(open_uploads) = 'array');
COMMENT ON COLUMN publications.open_uploads IS 'Digest, path at the registry and bytes sent of each; empty once the copy is over. A path leads nowhere without the credentials of the registry.';
