REVOKE UPDATE (destinations) ON projects FROM kiln_api;
ALTER TABLE builds DROP image_repository;
ALTER TABLE projects DROP destinations;
