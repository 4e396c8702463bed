CREATE OR REPLACE FUNCTION worker_heartbeat(worker uuid, offer jsonb, status_now text, reasons text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  texts constant text[] := '{}';
BEGIN
  UPDATE public.build_workers w SET
    host_id = (offer ->> 'host_id')::uuid,
    worker_type = offer ->> 'worker_type',
    concurrent_builds_limit = (offer ->> 'slots')::int,
    methods = texts || ARRAY(SELECT jsonb_array_elements_text(offer -> 'methods')),
    platforms = texts || ARRAY(SELECT jsonb_array_elements_text(offer -> 'platforms')),
    emulated_platforms = texts || ARRAY(SELECT jsonb_array_elements_text(offer -> 'emulated_platforms')),
    accepted_holes = texts || ARRAY(SELECT jsonb_array_elements_text(offer -> 'accepted_holes')),
    zone = offer ->> 'zone',
    labels = offer -> 'labels',
    tool_versions = offer -> 'tool_versions',
    builder_trouble = offer ->> 'builder_trouble',
    disk_free_bytes = (offer ->> 'disk_free_bytes')::bigint,
    disk_reserve_bytes = (offer ->> 'disk_reserve_bytes')::bigint,
    disk_free_inodes = (offer ->> 'disk_free_inodes')::bigint,
    is_draining = (offer ->> 'is_draining')::boolean,
    last_heartbeat = clock_timestamp(),
    status = status_now,
    status_reasons = reasons,
    uptime_percent = public.worker_uptime_percent(worker, clock_timestamp())
  WHERE w.id = worker;
END $$;
ALTER TABLE build_workers DROP COLUMN is_worker_away;
