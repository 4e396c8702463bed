-- While an attempt has no end it is counted as running on every day that is counted; an end that comes late is of all of these days.
CREATE OR REPLACE FUNCTION note_uncounted_attempt() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  until timestamptz := greatest(NEW.started_at, NEW.ended_at);
BEGIN
  IF TG_OP = 'UPDATE' THEN
    until := greatest(until, coalesce(OLD.ended_at, clock_timestamp()));
  END IF;
  INSERT INTO public.uncounted_spans (tenant_id, began_at, ended_at) VALUES (NEW.tenant_id, NEW.started_at, until);
  RETURN NULL;
END $$;
