-- A what-if: the source of a build, built again with changes to be compared with it, and never published.
ALTER TABLE builds
  ADD what_if_of_build_id uuid,
  ADD what_if jsonb,
  ADD FOREIGN KEY (tenant_id, what_if_of_build_id) REFERENCES builds (tenant_id, id),
  ADD CONSTRAINT builds_what_if_is_whole CHECK ((what_if IS NULL) = (what_if_of_build_id IS NULL)),
  ADD CONSTRAINT builds_what_if_is_not_published CHECK (what_if IS NULL OR (destinations = '[]' AND tags_moved = '[]'
    AND publish_began_at IS NULL AND tags_began_at IS NULL)),
  -- What is of a branch counts for it: as its newest build, for its badge, in its figures.
  ADD CONSTRAINT builds_what_if_is_of_no_branch CHECK (what_if IS NULL OR branch IS NULL);
COMMENT ON COLUMN builds.what_if_of_build_id IS 'Of a what-if: the build that it is compared with.';
COMMENT ON COLUMN builds.what_if IS 'Of a what-if: the changes, {} for the same once more; NULL for any other build. A what-if is never published.';
CREATE INDEX builds_what_if ON builds (what_if_of_build_id) WHERE what_if_of_build_id IS NOT NULL;

CREATE FUNCTION guard_what_if() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.what_if IS DISTINCT FROM OLD.what_if OR NEW.what_if_of_build_id IS DISTINCT FROM OLD.what_if_of_build_id THEN
    RAISE EXCEPTION 'build %: what is a what-if stays one, and nothing else becomes one', OLD.id USING ERRCODE = 'KB001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_what_if BEFORE UPDATE OF what_if, what_if_of_build_id ON builds FOR EACH ROW EXECUTE FUNCTION guard_what_if();

-- Who is told of builds acts on them: nobody may take the end of a what-if for that of a build that is published.
CREATE OR REPLACE FUNCTION notify_of_status() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM public.notification_targets WHERE tenant_id = NEW.tenant_id)
    AND EXISTS (SELECT FROM public.builds WHERE id = NEW.build_id AND what_if IS NULL) THEN
    PERFORM public.put_notifications(NEW.build_id, NEW.from_status, NEW.to_status, NEW.reason, NEW.changed_at, false);
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER notify_of_commit ON builds;
CREATE TRIGGER notify_of_commit AFTER UPDATE OF git_commit ON builds
  FOR EACH ROW WHEN (OLD.git_commit IS NULL AND NEW.git_commit IS NOT NULL AND NEW.what_if IS NULL) EXECUTE FUNCTION notify_of_commit();
