ALTER TABLE builds DROP removed_cache_use;
