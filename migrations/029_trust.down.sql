REVOKE UPDATE (needs) ON builds FROM kiln_api;
ALTER TABLE build_configs DROP trust;
REVOKE UPDATE (trust, trust_set_by_user_id, trust_set_at) ON projects FROM kiln_api;
ALTER TABLE projects DROP trust, DROP trust_set_by_user_id, DROP trust_set_at;
