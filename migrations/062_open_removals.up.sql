-- A removal of a manifest that got no answer may be carried out late, after a build has published the same image there again.
CREATE TABLE open_removals (
  removal_id uuid NOT NULL,
  repository varchar(512) NOT NULL,
  manifest_digest varchar(100) NOT NULL,
  sent_at timestamptz(3) NOT NULL,
  PRIMARY KEY (removal_id, manifest_digest)
);
COMMENT ON TABLE open_removals IS 'Removals that may still be carried out. Committed before the registry is asked, taken back once it has answered. Of no tenant: several may publish to one repository.';
COMMENT ON COLUMN open_removals.sent_at IS 'When the removal began, then when it was given up; ten minutes later it counts no more.';
CREATE INDEX open_removals_image ON open_removals (repository, manifest_digest);
GRANT SELECT ON open_removals TO kiln_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON open_removals TO kiln_controller;
