CREATE OR REPLACE FUNCTION note_uncounted_attempt() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO public.uncounted_spans (tenant_id, began_at, ended_at)
  VALUES (NEW.tenant_id, NEW.started_at, greatest(NEW.started_at, NEW.ended_at));
  RETURN NULL;
END $$;
