-- Artifacts of every type, of builds and of images, with where they are and how long they are kept.

ALTER TABLE build_artifacts DROP CONSTRAINT build_artifacts_artifact_type_check,
  DROP CONSTRAINT build_artifacts_artifact_name_check,
  DROP CONSTRAINT build_artifacts_media_type_check,
  DROP CONSTRAINT build_artifacts_tenant_id_sha256_digest_fkey;
ALTER TABLE build_artifacts
  ALTER build_id DROP NOT NULL,
  ALTER attempt DROP NOT NULL,
  ALTER artifact_name TYPE varchar(700),
  ALTER media_type TYPE varchar(100),
  ADD image_id uuid,
  ADD artifact_location varchar(700),
  ADD retention_policy varchar(20) NOT NULL DEFAULT 'permanent'
    CHECK (retention_policy IN ('permanent', 'days_30', 'days_90', 'days_365', 'delete_on_success')),
  ADD expires_at timestamptz(3),
  ADD is_available boolean NOT NULL DEFAULT true;
UPDATE build_artifacts SET artifact_location = 'contents/' || sha256_digest;
ALTER TABLE build_artifacts
  ALTER artifact_location SET NOT NULL,
  ADD content_sha256 char(64) GENERATED ALWAYS AS (
    CASE WHEN is_available AND artifact_location LIKE 'contents/%' THEN sha256_digest END) STORED,
  ADD CONSTRAINT build_artifacts_artifact_type_check CHECK (artifact_type IN
    ('docker_image', 'sbom', 'security_scan', 'test_report', 'build_log', 'build_output', 'provenance')),
  ADD CONSTRAINT build_artifacts_artifact_name_check
    CHECK (artifact_name ~ CASE artifact_type WHEN 'docker_image' THEN '^[[:graph:]]+$' ELSE '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' END),
  ADD CONSTRAINT build_artifacts_media_type_check CHECK (media_type ~ '^[a-z]+/[a-z0-9][a-z0-9.+-]*$'),
  ADD CONSTRAINT build_artifacts_owner_check CHECK (build_id IS NOT NULL OR image_id IS NOT NULL AND attempt IS NULL),
  ADD CONSTRAINT build_artifacts_tenant_id_build_id_fkey FOREIGN KEY (tenant_id, build_id) REFERENCES builds (tenant_id, id),
  ADD FOREIGN KEY (tenant_id, image_id) REFERENCES images (tenant_id, id),
  ADD FOREIGN KEY (tenant_id, content_sha256) REFERENCES contents (tenant_id, sha256);
COMMENT ON TABLE build_artifacts IS 'What builds and images have; of an attempt with its outcome. A row stays when its bytes have gone.';
COMMENT ON COLUMN build_artifacts.build_id IS 'NULL: of the image, whichever build made it.';
COMMENT ON COLUMN build_artifacts.attempt IS 'NULL: made after the build.';
COMMENT ON COLUMN build_artifacts.artifact_location IS 'contents/<sha256>, log/<build>/<attempt>, or the reference of an image.';
COMMENT ON COLUMN build_artifacts.content_sha256 IS 'The content that is kept for this row.';
CREATE UNIQUE INDEX build_artifacts_of_build ON build_artifacts (build_id, artifact_type, artifact_name)
  WHERE attempt IS NULL AND build_id IS NOT NULL AND is_available;
CREATE UNIQUE INDEX build_artifacts_of_image ON build_artifacts (image_id, artifact_type, artifact_name)
  WHERE build_id IS NULL AND is_available;
CREATE INDEX build_artifacts_expiry ON build_artifacts (expires_at) WHERE is_available AND expires_at IS NOT NULL;
CREATE INDEX build_artifacts_on_success ON build_artifacts (build_id)
  WHERE is_available AND retention_policy = 'delete_on_success';
CREATE INDEX build_artifacts_image ON build_artifacts (image_id) WHERE image_id IS NOT NULL;
DROP INDEX build_artifacts_contents;
CREATE INDEX build_artifacts_contents ON build_artifacts (tenant_id, content_sha256) WHERE content_sha256 IS NOT NULL;

CREATE FUNCTION set_artifact_expiry() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.expires_at := LEAST(NEW.expires_at, NEW.created_at + CASE NEW.retention_policy
    WHEN 'days_30' THEN interval '30 days' WHEN 'days_90' THEN interval '90 days' WHEN 'days_365' THEN interval '365 days' END);
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION set_artifact_expiry() FROM PUBLIC;
CREATE TRIGGER build_artifacts_expiry BEFORE INSERT ON build_artifacts FOR EACH ROW EXECUTE FUNCTION set_artifact_expiry();

GRANT INSERT, UPDATE (is_available) ON build_artifacts TO kiln_controller;
GRANT INSERT, UPDATE (size_bytes, stored_at, last_needed_at) ON contents TO kiln_controller;

CREATE OR REPLACE FUNCTION tenants_with_contents_before(cutoff timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT DISTINCT c.tenant_id FROM public.contents c WHERE c.last_needed_at < cutoff
    AND NOT EXISTS (SELECT FROM public.build_artifacts a WHERE a.tenant_id = c.tenant_id AND a.content_sha256 = c.sha256)
$$;

ALTER TABLE build_limits ADD artifact_keep_days bigint CHECK (artifact_keep_days BETWEEN 1 AND 36500);
