-- Builds whose staging may not be empty yet are looked through every minute.

CREATE INDEX build_results_to_clean ON build_results (build_id) WHERE cleanup_status <> 'completed';
