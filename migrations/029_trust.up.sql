-- How far the code of a project is trusted with its build hosts; a build keeps the level at which it was accepted.

ALTER TABLE projects
  ADD trust varchar(16) NOT NULL DEFAULT 'untrusted' CHECK (trust IN ('untrusted', 'trusted')),
  ADD trust_set_by_user_id uuid,
  ADD trust_set_at timestamptz(3),
  ADD FOREIGN KEY (tenant_id, trust_set_by_user_id) REFERENCES users (tenant_id, id);
COMMENT ON COLUMN projects.trust_set_at IS 'NULL: nobody has set it.';
GRANT UPDATE (trust, trust_set_by_user_id, trust_set_at) ON projects TO kiln_api;

ALTER TABLE build_configs
  ADD trust varchar(16) NOT NULL DEFAULT 'untrusted' CHECK (trust IN ('untrusted', 'trusted'));
COMMENT ON COLUMN build_configs.trust IS 'That of the project when the build was accepted; nothing changes it.';

-- What a build file of a git source asks of its host is known after the acceptance.
GRANT UPDATE (needs) ON builds TO kiln_api;
