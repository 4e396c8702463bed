DROP TABLE image_removals;
DROP TABLE image_prunes;
REVOKE DELETE ON image_tags FROM kiln_controller;
DROP INDEX builds_staging_kept;
DROP INDEX builds_image;
DROP INDEX images_digest;
ALTER TABLE images DROP COLUMN deleted_at;
REVOKE UPDATE (retention) ON projects FROM kiln_api;
ALTER TABLE projects DROP COLUMN retention;
