DROP INDEX build_results_to_clean;
