-- What builds may use and nobody may read back: secrets, and credentials bound to a host. Values are sealed by the process that
-- stores them; the database sees ciphertext, a data key wrapped by a master key, and the id of that master key.

CREATE TABLE secrets (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  project_id uuid,
  secret_name varchar(200) NOT NULL CHECK (secret_name ~ '^[A-Za-z0-9_][A-Za-z0-9_.-]*$'),
  key_id varchar(100) NOT NULL,
  wrapped_key bytea NOT NULL,
  ciphertext bytea NOT NULL,
  version int NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_by_user_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, id),
  UNIQUE NULLS NOT DISTINCT (tenant_id, project_id, secret_name),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id),
  FOREIGN KEY (tenant_id, created_by_user_id) REFERENCES users (tenant_id, id)
);
COMMENT ON COLUMN secrets.project_id IS 'NULL: for every project of the tenant; a secret of the project itself comes before it.';
COMMENT ON COLUMN secrets.wrapped_key IS 'The data key of this value, encrypted by the master key of key_id.';
CREATE INDEX secrets_key ON secrets (key_id, id);
CALL protect_tenant_table('secrets');

CREATE TABLE credentials (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  project_id uuid,
  credential_kind varchar(20) NOT NULL CHECK (credential_kind IN ('git_token', 'git_ssh_key', 'registry')),
  host varchar(300) NOT NULL,
  username varchar(255),
  known_hosts text,
  key_id varchar(100) NOT NULL,
  wrapped_key bytea NOT NULL,
  ciphertext bytea NOT NULL,
  version int NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_by_user_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, id),
  UNIQUE NULLS NOT DISTINCT (tenant_id, project_id, credential_kind, host),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id),
  FOREIGN KEY (tenant_id, created_by_user_id) REFERENCES users (tenant_id, id),
  CONSTRAINT credentials_user_where_asked CHECK ((credential_kind <> 'git_ssh_key') = (username IS NOT NULL)),
  CONSTRAINT credentials_known_hosts_of_ssh CHECK ((credential_kind = 'git_ssh_key') = (known_hosts IS NOT NULL))
);
COMMENT ON COLUMN credentials.host IS 'host[:port] in lower case; the credential is sent to no other.';
CREATE INDEX credentials_key ON credentials (key_id, id);
CALL protect_tenant_table('credentials');

GRANT SELECT, INSERT, DELETE ON secrets, credentials TO kiln_api;
GRANT UPDATE (key_id, wrapped_key, ciphertext, version, updated_at) ON secrets TO kiln_api;
GRANT UPDATE (username, known_hosts, key_id, wrapped_key, ciphertext, version, updated_at) ON credentials TO kiln_api;
GRANT SELECT, UPDATE (key_id, wrapped_key) ON secrets, credentials TO kiln_controller;
