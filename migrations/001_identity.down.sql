DROP FUNCTION resolve_api_token(bytea);
DROP TABLE api_tokens, uploads, projects, users, tenants;
DROP PROCEDURE protect_tenant_table(regclass);
DROP FUNCTION current_tenant();
