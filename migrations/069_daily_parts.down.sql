DROP TRIGGER note_uncounted_branch ON builds;
DROP TABLE cache_use_daily, build_outcomes_daily, project_performance_daily;
