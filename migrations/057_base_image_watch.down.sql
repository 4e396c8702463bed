DROP TABLE base_image_rebuilds;
DROP TABLE base_image_moves;
DROP TABLE watched_images;
ALTER TABLE build_base_images DROP is_pinned;
ALTER TABLE projects DROP base_image_watch;
