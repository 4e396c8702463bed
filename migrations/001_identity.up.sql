-- Who owns builds. Rows of a tenant are seen by kiln_api only inside a transaction that named the tenant.

CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql STABLE
AS $$ SELECT nullif(current_setting('kiln.tenant', true), '')::uuid $$;

-- Row-level security of a table with tenant_id: the api sees the named tenant, the controller sees all.
CREATE PROCEDURE protect_tenant_table(target regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY tenant_rows ON %s TO kiln_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', target);
  EXECUTE format('CREATE POLICY controller_rows ON %s TO kiln_controller USING (true) WITH CHECK (true)', target);
END $$;
REVOKE ALL ON PROCEDURE protect_tenant_table(regclass) FROM PUBLIC;

CREATE TABLE tenants (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  slug varchar(63) NOT NULL UNIQUE,
  name varchar(200) NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now()
);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON tenants TO kiln_api USING (id = current_tenant()) WITH CHECK (id = current_tenant());
CREATE POLICY controller_rows ON tenants TO kiln_controller USING (true) WITH CHECK (true);

CREATE TABLE users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  username varchar(100) NOT NULL,
  email varchar(320),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, id),
  UNIQUE (tenant_id, username)
);
CALL protect_tenant_table('users');

CREATE TABLE projects (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  slug varchar(63) NOT NULL,
  name varchar(200) NOT NULL,
  image_repository varchar(512) NOT NULL,
  last_build_number int NOT NULL DEFAULT 0 CHECK (last_build_number >= 0),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, id),
  UNIQUE (tenant_id, slug)
);
CREATE INDEX projects_newest ON projects (tenant_id, created_at DESC, id DESC);
CALL protect_tenant_table('projects');

CREATE TABLE uploads (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  sha256 char(64) NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
  created_by_user_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, id),
  UNIQUE (tenant_id, sha256),
  FOREIGN KEY (tenant_id, created_by_user_id) REFERENCES users (tenant_id, id)
);
CALL protect_tenant_table('uploads');

CREATE TABLE api_tokens (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  user_id uuid NOT NULL,
  token_name varchar(100) NOT NULL,
  token_sha256 bytea NOT NULL UNIQUE CHECK (octet_length(token_sha256) = 32),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  expires_at timestamptz(3),
  revoked_at timestamptz(3),
  UNIQUE (tenant_id, token_name),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CALL protect_tenant_table('api_tokens');
CREATE POLICY resolved_by_owner ON api_tokens FOR SELECT TO kiln_owner USING (true);

CREATE FUNCTION resolve_api_token(sha256 bytea) RETURNS TABLE (tenant_id uuid, user_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT t.tenant_id, t.user_id FROM public.api_tokens t
  WHERE t.token_sha256 = sha256 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())
$$;
REVOKE ALL ON FUNCTION resolve_api_token(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION resolve_api_token(bytea) TO kiln_api, kiln_controller;

GRANT SELECT ON tenants, users, projects, uploads TO kiln_api;
GRANT INSERT, UPDATE (name, image_repository, last_build_number) ON projects TO kiln_api;
GRANT INSERT ON uploads TO kiln_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenants, users, projects, uploads, api_tokens TO kiln_controller;
