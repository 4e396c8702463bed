ALTER TABLE build_limits DROP artifact_max_bytes;
CREATE OR REPLACE FUNCTION tenants_with_contents_before(cutoff timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT DISTINCT c.tenant_id FROM public.contents c WHERE c.last_needed_at < cutoff
$$;
DROP TABLE build_artifacts;
