DROP TRIGGER notify_of_commit ON builds;
CREATE TRIGGER notify_of_commit AFTER UPDATE OF git_commit ON builds
  FOR EACH ROW WHEN (OLD.git_commit IS NULL AND NEW.git_commit IS NOT NULL) EXECUTE FUNCTION notify_of_commit();
CREATE OR REPLACE FUNCTION notify_of_status() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM public.notification_targets WHERE tenant_id = NEW.tenant_id) THEN
    PERFORM public.put_notifications(NEW.build_id, NEW.from_status, NEW.to_status, NEW.reason, NEW.changed_at, false);
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER guard_what_if ON builds;
DROP FUNCTION guard_what_if();
ALTER TABLE builds DROP what_if_of_build_id, DROP what_if;
