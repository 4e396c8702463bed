ALTER TABLE publications DROP not_served_at, DROP tidy_due_at, DROP tidy_trouble;
COMMENT ON COLUMN publications.removed_at IS 'When the manifest, which no tag came to name, was removed again.';
