ALTER TABLE build_limits DROP artifact_keep_days;
CREATE OR REPLACE FUNCTION tenants_with_contents_before(cutoff timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT DISTINCT c.tenant_id FROM public.contents c WHERE c.last_needed_at < cutoff
    AND NOT EXISTS (SELECT FROM public.build_artifacts a WHERE a.tenant_id = c.tenant_id AND a.sha256_digest = c.sha256)
$$;
REVOKE INSERT, UPDATE (size_bytes, stored_at, last_needed_at) ON contents FROM kiln_controller;
REVOKE INSERT, UPDATE (is_available) ON build_artifacts FROM kiln_controller;
DROP TRIGGER build_artifacts_expiry ON build_artifacts;
DROP FUNCTION set_artifact_expiry();
DELETE FROM build_artifacts WHERE attempt IS NULL OR content_sha256 IS NULL OR artifact_type NOT IN ('build_output', 'test_report')
  OR media_type NOT IN ('application/octet-stream', 'application/x-tar');
DROP INDEX build_artifacts_of_build, build_artifacts_of_image, build_artifacts_expiry, build_artifacts_on_success, build_artifacts_image, build_artifacts_contents;
ALTER TABLE build_artifacts
  DROP CONSTRAINT build_artifacts_owner_check,
  DROP CONSTRAINT build_artifacts_artifact_type_check,
  DROP CONSTRAINT build_artifacts_artifact_name_check,
  DROP CONSTRAINT build_artifacts_media_type_check,
  DROP CONSTRAINT build_artifacts_tenant_id_build_id_fkey,
  DROP content_sha256, DROP is_available, DROP expires_at, DROP retention_policy, DROP artifact_location, DROP image_id;
ALTER TABLE build_artifacts
  ALTER build_id SET NOT NULL,
  ALTER attempt SET NOT NULL,
  ALTER artifact_name TYPE varchar(100),
  ALTER media_type TYPE varchar(40),
  ADD CONSTRAINT build_artifacts_artifact_type_check CHECK (artifact_type IN ('build_output', 'test_report')),
  ADD CONSTRAINT build_artifacts_artifact_name_check CHECK (artifact_name ~ '^[A-Za-z0-9][A-Za-z0-9._-]*$'),
  ADD CONSTRAINT build_artifacts_media_type_check CHECK (media_type IN ('application/octet-stream', 'application/x-tar')),
  ADD FOREIGN KEY (tenant_id, sha256_digest) REFERENCES contents (tenant_id, sha256);
COMMENT ON TABLE build_artifacts IS 'Written once, with the outcome of the attempt. A content that is named here is kept.';
COMMENT ON COLUMN build_artifacts.build_id IS NULL;
COMMENT ON COLUMN build_artifacts.attempt IS NULL;
CREATE INDEX build_artifacts_contents ON build_artifacts (tenant_id, sha256_digest);
