ALTER TABLE publications DROP began_at, DROP was_there, DROP removed_at;
REVOKE UPDATE (publish_began_at) ON builds FROM kiln_api;
ALTER TABLE builds DROP tags_began_at;
COMMENT ON COLUMN builds.publish_began_at IS NULL;
