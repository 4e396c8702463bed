DROP TABLE base_image_rebuilds;
DROP TABLE base_image_moves;
DROP TABLE watched_images;
DROP INDEX builds_succeeded;
ALTER TABLE build_base_images DROP is_pinned;
REVOKE UPDATE (base_image_watch) ON projects FROM kiln_api;
ALTER TABLE projects DROP base_image_watch;
