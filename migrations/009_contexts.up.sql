-- An upload is a list of files; their contents are kept once per tenant, under their SHA-256.

ALTER TABLE uploads ADD COLUMN entry_count int NOT NULL DEFAULT 0 CHECK (entry_count >= 0);
COMMENT ON COLUMN uploads.sha256 IS 'Of the list, which is a content itself.';
COMMENT ON COLUMN uploads.size_bytes IS 'Of all files as they lie unpacked.';

CREATE TABLE contents (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  sha256 char(64) NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
  stored_at timestamptz(3),
  last_needed_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, sha256)
);
COMMENT ON COLUMN contents.stored_at IS 'NULL: named by a list, but the bytes are not here (yet, or any more).';
CREATE INDEX contents_oldest ON contents (last_needed_at);
CALL protect_tenant_table('contents');
CREATE POLICY expired_by_owner ON contents FOR SELECT TO kiln_owner USING (true);

-- Tenants with contents that nothing has needed since then.
CREATE FUNCTION tenants_with_contents_before(cutoff timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT DISTINCT c.tenant_id FROM public.contents c WHERE c.last_needed_at < cutoff
$$;
REVOKE ALL ON FUNCTION tenants_with_contents_before(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants_with_contents_before(timestamptz) TO kiln_api;

GRANT SELECT, INSERT, DELETE, UPDATE (size_bytes, stored_at, last_needed_at) ON contents TO kiln_api;
GRANT SELECT ON contents TO kiln_controller;
