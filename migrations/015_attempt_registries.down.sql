REVOKE UPDATE (registries) ON attempts FROM kiln_api;
ALTER TABLE attempts DROP registries;
