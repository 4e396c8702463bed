DROP FUNCTION set_tenant_weight(text, int), tenant_weights();
DROP POLICY weighted_by_owner ON tenants;
DROP POLICY weighted_by_owner ON build_concurrency_policies;
