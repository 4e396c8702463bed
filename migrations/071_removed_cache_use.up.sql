-- A day may be counted again after retention has removed the steps and metrics of its builds: what they took out of the cache is of their record.
ALTER TABLE builds ADD removed_cache_use jsonb,
  ADD CONSTRAINT builds_removed_cache_use CHECK (removed_cache_use IS NULL OR (removed_at IS NOT NULL AND jsonb_typeof(removed_cache_use) = 'object'));
COMMENT ON COLUMN builds.removed_cache_use IS 'steps, cached_steps, total_layers and reused_layers, as cache_use_daily counts them, from before its steps and metrics were removed.';
