REVOKE UPDATE (resources) ON build_configs FROM kiln_api;
ALTER TABLE build_configs DROP resources;
ALTER TABLE build_limits DROP memory_max_bytes, DROP cpu_max_milli, DROP max_pids;
