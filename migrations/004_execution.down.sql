DROP VIEW build_log_lines;
DROP TABLE build_metrics, build_logs, build_steps;
DROP FUNCTION ensure_log_partition(date);
