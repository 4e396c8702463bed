-- An advisory lock does not make a session see what others have just made; the lock that attaching takes anyway does. Without it
-- builds that were accepted at the same moment of a new day met "already exists".
CREATE OR REPLACE FUNCTION ensure_log_partition(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  partition text := 'build_logs_' || to_char(day, 'YYYYMMDD');
BEGIN
  IF to_regclass('public.' || partition) IS NOT NULL THEN RETURN; END IF;
  IF day NOT BETWEEN (now() AT TIME ZONE 'utc')::date - 2 AND (now() AT TIME ZONE 'utc')::date + 2 THEN
    RAISE EXCEPTION 'log partitions are made for the days around today, not for %', day;
  END IF;
  LOCK TABLE public.build_logs IN SHARE UPDATE EXCLUSIVE MODE;
  IF to_regclass('public.' || partition) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE public.%I (LIKE public.build_logs INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
  EXECUTE format('ALTER TABLE public.build_logs ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                 partition, day, day + 1);
END $$;
