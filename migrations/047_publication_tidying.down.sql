ALTER TABLE publications NO FORCE ROW LEVEL SECURITY;
UPDATE publications SET try_number = 1 WHERE try_number = 0;
ALTER TABLE publications FORCE ROW LEVEL SECURITY;
ALTER TABLE publications
  DROP CONSTRAINT publications_try_number_check,
  ADD CONSTRAINT publications_try_number_check CHECK (try_number >= 1);
ALTER TABLE publications DROP not_served_at, DROP tidy_due_at, DROP tidy_trouble;
COMMENT ON COLUMN publications.removed_at IS 'When the manifest, which no tag came to name, was removed again.';
