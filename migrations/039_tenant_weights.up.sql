-- Operators give tenants their weight in the fair share; the api says who is one, after it has judged the caller.

CREATE POLICY weighted_by_owner ON build_concurrency_policies TO kiln_owner USING (is_operator()) WITH CHECK (is_operator());
CREATE POLICY weighted_by_owner ON tenants FOR SELECT TO kiln_owner USING (is_operator());

CREATE FUNCTION tenant_weights() RETURNS TABLE (tenant text, weight int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT t.slug::text, coalesce(p.weight, 1) FROM public.tenants t
  LEFT JOIN public.build_concurrency_policies p ON p.tenant_id = t.id
  WHERE public.is_operator() ORDER BY t.slug
$$;

-- False when there is no such tenant.
CREATE FUNCTION set_tenant_weight(tenant_slug text, new_weight int) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO public.build_concurrency_policies AS p (tenant_id, weight)
    SELECT t.id, new_weight FROM public.tenants t WHERE t.slug = tenant_slug AND public.is_operator()
    ON CONFLICT (tenant_id) DO UPDATE SET weight = excluded.weight, updated_at = clock_timestamp();
  RETURN FOUND;
END $$;

REVOKE ALL ON FUNCTION tenant_weights(), set_tenant_weight(text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant_weights(), set_tenant_weight(text, int) TO kiln_api;
