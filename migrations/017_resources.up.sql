-- What builds are given of their hosts.

ALTER TABLE build_limits
  ADD memory_max_bytes bigint CHECK (memory_max_bytes BETWEEN 67108864 AND 1099511627776),
  ADD cpu_max_milli bigint CHECK (cpu_max_milli BETWEEN 10 AND 1024000),
  ADD max_pids bigint CHECK (max_pids BETWEEN 32 AND 4194304);

ALTER TABLE build_configs ADD resources jsonb CHECK (jsonb_typeof(resources) = 'object');
COMMENT ON COLUMN build_configs.resources IS 'What was asked for: memory_bytes, cpu_milli, pids, network; the limits decide what is absent.';
GRANT UPDATE (resources) ON build_configs TO kiln_api;
