-- What is kept of the stages of a build, as the attempt that made it reported it. The bytes are contents.

CREATE TABLE build_artifacts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  build_id uuid NOT NULL,
  attempt int NOT NULL,
  artifact_type varchar(20) NOT NULL CHECK (artifact_type IN ('build_output', 'test_report')),
  artifact_name varchar(100) NOT NULL CHECK (artifact_name ~ '^[A-Za-z0-9][A-Za-z0-9._-]*$'),
  media_type varchar(40) NOT NULL CHECK (media_type IN ('application/octet-stream', 'application/x-tar')),
  artifact_size_bytes bigint NOT NULL CHECK (artifact_size_bytes >= 0),
  sha256_digest char(64) NOT NULL CHECK (sha256_digest ~ '^[0-9a-f]{64}$'),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (build_id, attempt, artifact_name),
  FOREIGN KEY (tenant_id, build_id, attempt) REFERENCES attempts (tenant_id, build_id, attempt),
  FOREIGN KEY (tenant_id, sha256_digest) REFERENCES contents (tenant_id, sha256)
);
COMMENT ON TABLE build_artifacts IS 'Written once, with the outcome of the attempt. A content that is named here is kept.';
CREATE INDEX build_artifacts_contents ON build_artifacts (tenant_id, sha256_digest);
CALL protect_tenant_table('build_artifacts');
CREATE POLICY kept_by_owner ON build_artifacts FOR SELECT TO kiln_owner USING (true);
GRANT SELECT, INSERT ON build_artifacts TO kiln_api;
GRANT SELECT ON build_artifacts TO kiln_controller;

-- Tenants with contents that nothing has needed since then, and no artifact names.
CREATE OR REPLACE FUNCTION tenants_with_contents_before(cutoff timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT DISTINCT c.tenant_id FROM public.contents c WHERE c.last_needed_at < cutoff
    AND NOT EXISTS (SELECT FROM public.build_artifacts a WHERE a.tenant_id = c.tenant_id AND a.sha256_digest = c.sha256)
$$;

ALTER TABLE build_limits ADD artifact_max_bytes bigint CHECK (artifact_max_bytes BETWEEN 1024 AND 68719476736);
